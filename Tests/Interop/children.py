"""Child processes that end when this process does, however it ends.

The kernel sends each child a signal when its parent is gone, also after SIGKILL. SIGTERM ends this process as an error does,
so that `with` and `finally` end children in order.
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
    """Starts a process as `subprocess.Popen` does; call it on the main thread.

    `at_parents_end` is the signal that the child gets when this process is gone: SIGTERM for programs that have children of
    their own to end.
    """
    return subprocess.Popen(command, preexec_fn=ending_with_parent(at_parents_end), **options)


def run(command, **options):
    """Runs a process to its end as `subprocess.run` does; call it on the main thread."""
    return subprocess.run(command, preexec_fn=ending_with_parent(signal.SIGKILL), **options)


def end_with_parent():
    """Ends this process when its parent is gone, for scripts that other programs start."""
    if _libc:
        _libc.prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)


def ending_with_parent(number):
    """What a child does between fork and exec so that it gets the signal when this process is gone."""
    # The signal comes at the end of the thread that has started the child.
    assert threading.current_thread() is threading.main_thread()
    parent = os.getpid()

    def prepare():
        if _libc:
            _libc.prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

    return prepare


def end(process, within=15):
    """Ends a child process, which may have ended by itself."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(within)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _exit_orderly(number, _):
    # Once: what `finally` does is not interrupted.
    signal.signal(number, signal.SIG_IGN)
    sys.exit(128 + number)


if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
    signal.signal(signal.SIGTERM, _exit_orderly)
