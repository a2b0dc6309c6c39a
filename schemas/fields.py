"""How a variable is declared: its label, its kind, the values it may take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandera.pandas as pa

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["date", "flag", "number", "text", "yes_no"]


def text(label: str, *, codes: Sequence[str] | None = None, blank: bool = False, length: int = 200) -> Any:
    """A text variable; a blank is ``""`` and never missing.

    Parameters
    ----------
    label : str
        At most 40 characters.
    codes : sequence of str, optional
        The codelist; any text of up to ``length`` characters without it.
    blank : bool
        Whether the text may be blank.
    length : int
        The longest text, in characters.
    """
    metadata = {"kind": "text"}
    if codes is not None:
        return pa.Field(isin=[*codes, ""] if blank else list(codes), title=label, metadata=metadata)
    return pa.Field(str_length=(0 if blank else 1, length), title=label, metadata=metadata)


def yes_no(label: str) -> Any:
    """A text variable with the values ``Y`` and ``N``."""
    return text(label, codes=["Y", "N"])


def flag(label: str) -> Any:
    """A text variable with the value ``Y`` or a blank."""
    return text(label, codes=["Y"], blank=True)


def number(
    label: str,
    *,
    codes: Sequence[float] | None = None,
    low: float | None = None,
    high: float | None = None,
    missing: bool = False,
) -> Any:
    """A numeric variable.

    Parameters
    ----------
    label : str
        At most 40 characters.
    codes : sequence of float, optional
        The codelist.
    low, high : float, optional
        The smallest and the largest plausible value.
    missing : bool
        Whether it may be missing.
    """
    return pa.Field(
        isin=None if codes is None else [float(code) for code in codes],
        ge=low,
        le=high,
        nullable=missing,
        title=label,
        metadata={"kind": "number"},
    )


def date(label: str, *, missing: bool = False) -> Any:
    """A date: whole days since 1960-01-01, as SAS counts them."""
    return pa.Field(nullable=missing, title=label, metadata={"kind": "date"})
