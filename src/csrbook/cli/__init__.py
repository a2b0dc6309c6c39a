"""The shape of the commands: what they are called, what they take, what they say of themselves."""

from __future__ import annotations

from csrbook.cli.app import app

__all__ = ["app"]
