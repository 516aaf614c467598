"""`python -m clipline`, and the program `clipline`."""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

__all__ = ["main"]


def main() -> "NoReturn":
    """Answer signals before anything is imported that takes time, then run the command line."""
    from clipline.cli import signals

    signals.listen()
    from clipline.cli.main import main as run

    run()


if __name__ == "__main__":
    # `-m` puts the working folder before all others, so that an `av.py` in somebody's checkout would be imported in the
    # place of the library. What the person themselves names in PYTHONPATH stays.
    if not sys.flags.safe_path:
        del sys.path[0]
    main()
