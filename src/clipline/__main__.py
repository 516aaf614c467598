"""`python -m clipline`, and the program `clipline`."""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

__all__ = ["main"]


def main() -> "NoReturn":
    """Answer signals before anything is imported that takes time, then run the command line."""
    import _signal  # type: ignore[import-not-found] # beneath `signal`, in Python itself: no file is read for it

    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(_signal, name, None)
        if number is not None and _signal.getsignal(number) != _signal.SIG_IGN:
            _signal.signal(number, _stop)
    from clipline.cli import signals

    signals.listen()
    from clipline.cli.main import main as run

    run()


def _stop(number: int, _: object) -> None:
    """What a signal does while nothing is there that could answer it."""
    os.write(2, b"stopped\n")
    os._exit(128 + number)


if __name__ == "__main__":
    # `-m` puts the working folder before all others, so that an `av.py` in somebody's checkout would be imported in the
    # place of the library. What the person themselves names in PYTHONPATH stays.
    if not sys.flags.safe_path:
        del sys.path[0]
    main()
