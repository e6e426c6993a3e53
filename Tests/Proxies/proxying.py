"""Runs a real proxy in the foreground for as long as a `with` lasts, all of its files in a folder of its own."""
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
#: What the configurations call their folder.
NAMED_FOLDER = "/etc/webshocket"


class ProxyFailed(Exception):
    pass


def program(name):
    """Where a program is; Debian has servers where only root's path leads."""
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")


def make_certificates(folder):
    """An authority of its own, and what it certifies to be localhost: server.pem, with its key. Returns the CA's file."""
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
    """Runs `command` and the path of the configuration, with its ports replaced, until the `with` ends.

    `ports` is from the ports in the file to those to use; those that the proxy listens on are 844*.
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
                raise ProxyFailed(f"{command[0]} ended early, with {process.returncode}")
        finally:
            children.end(process, gone_within)


def accepts(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False
