"""Start of the command line: fixes the environment, turns errors into three-part messages and exit codes."""

from __future__ import annotations

import sys

from csrbook import environment
from csrbook.errors import CsrbookError

__all__ = ["main"]


def main() -> None:
    """Run ``csrbook``."""
    environment.fix()
    from csrbook.cli import app

    try:
        app()
    except CsrbookError as error:
        print(f"csrbook: {type(error).__name__}\n{error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print("csrbook: stopped; nothing was published", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
