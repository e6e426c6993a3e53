"""Child processes that are killed when this process exits, even if it is killed itself.

The kernel sends each child a signal when its parent exits, also after SIGKILL. SIGTERM raises SystemExit in this
process, so that `with` and `finally` end children in order.
"""
import ctypes
import os
import signal
import subprocess
import sys
import threading

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def start(command, *, at_parents_end=signal.SIGKILL, **options):
    """Starts a process like `subprocess.Popen`. Call it on the main thread.

    `at_parents_end` is the signal that the child receives when this process exits. Use SIGTERM for programs that must
    end their own children.
    """
    return subprocess.Popen(command, preexec_fn=ending_with_parent(at_parents_end), **options)


def run(command, **options):
    """Runs a process until it exits, like `subprocess.run`. Call it on the main thread."""
    return subprocess.run(command, preexec_fn=ending_with_parent(signal.SIGKILL), **options)


def end_with_parent():
    """Makes the kernel kill this process when its parent exits. For scripts that other programs start."""
    if _libc:
        _libc.prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)


def ending_with_parent(number):
    """Returns a `preexec_fn` that makes the kernel send the signal to the child when this process exits."""
    # The kernel sends the signal when the thread that started the child exits.
    assert threading.current_thread() is threading.main_thread()
    parent = os.getpid()

    def prepare():
        if _libc:
            _libc.prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

    return prepare


def end(process, within=15):
    """Terminates a child process unless it has already exited. Kills it after `within` seconds."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(within)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _exit_orderly(number, _):
    # Ignore further signals, so that `finally` blocks are not interrupted.
    signal.signal(number, signal.SIG_IGN)
    sys.exit(128 + number)


if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
    signal.signal(signal.SIGTERM, _exit_orderly)
