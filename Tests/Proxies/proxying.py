"""Runs a real proxy in the foreground for the duration of a `with` block, with all of its files in one folder."""
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import children

HERE = Path(__file__).resolve().parent
#: The folder named in the configurations, to be replaced.
NAMED_FOLDER = "/etc/webshocket"


class ProxyFailed(Exception):
    pass


def program(name):
    """Returns the path of a program, or None. Searches sbin too, where Debian installs servers."""
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")


def make_certificates(folder):
    """Creates a CA, and server.pem with a key and certificate for localhost. Returns the path of the CA certificate."""
    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True, stdin=subprocess.DEVNULL)

    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=Tests of proxies",
            "-addext", "keyUsage=critical,keyCertSign")
    openssl("req", *key, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost")
    (folder / "server.ext").write_text(
        "subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\nauthorityKeyIdentifier=keyid\n")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
            "-extfile", "server.ext", "-out", "server.crt")
    (folder / "server.pem").write_bytes((folder / "server.crt").read_bytes() + (folder / "server.key").read_bytes())
    return str(folder / "ca.pem")


@contextlib.contextmanager
def proxying(command, configuration, folder, ports, ready_within=120, gone_within=60):
    """Runs `command` with the path of the configuration as its last argument, until the `with` block ends.

    `ports` maps the ports in the file to their replacements. The proxy listens on the ports 844*.
    """
    text = (HERE / configuration).read_text().replace(NAMED_FOLDER, str(folder))
    for named, port in ports.items():
        text = text.replace(f":{named}", f":{port}").replace(f"Port {named}", f"Port {port}")
    path = folder / configuration
    path.write_text(text)
    with open(folder / f"{configuration}.out", "w+b") as output:
        process = children.start([*command, str(path)], at_parents_end=signal.SIGTERM, stdin=subprocess.DEVNULL,
                                 stdout=output, stderr=output)
        try:
            deadline = time.monotonic() + ready_within
            for port in [port for named, port in ports.items() if named.startswith("844")]:
                while not accepts(port):
                    if process.poll() is not None or time.monotonic() > deadline:
                        output.seek(0)
                        raise ProxyFailed(f"{command[0]} does not listen: {output.read().decode(errors='replace')}")
                    time.sleep(0.05)
            yield
            if process.poll() is not None:
                raise ProxyFailed(f"{command[0]} exited early with {process.returncode}")
        finally:
            children.end(process, gone_within)


def accepts(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False
