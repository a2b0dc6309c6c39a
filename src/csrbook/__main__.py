"""Start of the command line: fixes the environment, turns errors into three-part messages and exit codes."""

from __future__ import annotations

import errno
import sys
from typing import Final, NoReturn

from csrbook import environment
from csrbook.errors import CsrbookError

__all__ = ["main"]

INTERRUPTED: Final = 130

REFUSED: Final = {errno.EACCES, errno.EDQUOT, errno.ENOSPC, errno.EPERM, errno.EROFS}
"""What the machine may refuse to any program: it is no fault of this one, and needs no traceback."""


def main() -> None:
    """Run ``csrbook``."""
    environment.fix()
    try:
        from csrbook.cli import app

        app()
    except CsrbookError as error:
        _fail(error)
    except OSError as error:
        if error.errno not in REFUSED:
            raise
        where = " to ".join(str(name) for name in (error.filename, error.filename2) if name is not None)
        _fail(CsrbookError(f"the machine refuses it: {error.strerror}", where, "make room or give the right to write"))
    except KeyboardInterrupt:
        _interrupted()
    except SystemExit as end:
        # The command line's library turns Ctrl-C into this exit by itself.
        if end.code == INTERRUPTED:
            _interrupted()
        raise


def _fail(error: CsrbookError) -> NoReturn:
    print(f"csrbook: {type(error).__name__}\n{error}", file=sys.stderr)
    sys.exit(error.exit_code)


def _interrupted() -> NoReturn:
    print("csrbook: stopped; nothing was published", file=sys.stderr)
    sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
