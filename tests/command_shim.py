"""`clipline` for a shell: the process that stands for one which `command_server` forks.

It is run by `python -IS`, from the folder of that server's socket, and imports next to nothing. Signals are passed on,
the end is the same; where it is killed, the other is. Where the server forks nothing, the true program is started.
"""

import _socket
import marshal
import os
import sys
from _signal import SIG_DFL, SIG_IGN, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, getsignal, signal

TRUE = os.path.join(os.path.dirname(sys.executable), "clipline")  # noqa: PTH118, PTH120  # pathlib takes a while
SIGNALS = (SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2)


def request() -> bytes:
    """What the server is asked, and told of this process."""
    umask = os.umask(0)
    os.umask(umask)
    return marshal.dumps(
        {
            "argv": [TRUE, *sys.argv[1:]],
            "environment": dict(os.environ),
            "umask": umask,
            "open": OPEN,
            "ignored": [int(number) for number in SIGNALS if getsignal(number) == SIG_IGN],
            "new_session": False,
            "adopted": False,
        }
    )


def word(data: bytes) -> int:
    """A number that the server sends."""
    return int.from_bytes(data, sys.byteorder)


def is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


OPEN = [number for number in range(3) if is_open(number)]
connection = _socket.socket(_socket.AF_UNIX)
connection.connect(os.path.join(os.path.dirname(sys.argv[0]), "socket"))  # noqa: PTH118, PTH120
data = request()
files = [os.open(".", os.O_RDONLY), *OPEN]
packed = b"".join(number.to_bytes(4, sys.byteorder) for number in files)
connection.sendmsg([len(data).to_bytes(4, sys.byteorder)], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, packed)])
connection.sendall(data)
if not word(connection.recv(4)):
    os.execv(TRUE, [TRUE, *sys.argv[1:]])
for number in SIGNALS:
    if getsignal(number) != SIG_IGN:
        signal(number, lambda received, _: connection.send(bytes([received])))
status = os.waitstatus_to_exitcode(word(connection.recv(4)))
if status < 0:
    signal(-status, SIG_DFL)
    os.kill(os.getpid(), -status)
os._exit(status)
