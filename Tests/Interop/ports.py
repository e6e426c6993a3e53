"""Free ports, for servers that cannot choose a port and report it."""
import contextlib
import random
import socket

#: Below the ephemeral ports, which the system may assign to outgoing connections at any time.
RANGE = range(10_000, 32_000)


def free_ports(count):
    """Returns distinct ports of 127.0.0.1 that are not in use now."""
    with contextlib.ExitStack() as stack:
        found = []
        for port in random.sample(RANGE, len(RANGE)):
            probe = stack.enter_context(socket.socket())
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            found.append(port)
            if len(found) == count:
                return found
        raise OSError(f"no {count} free ports from {RANGE.start} to {RANGE.stop - 1}")
