"""Dates, datetimes and times between ISO 8601 text and SAS numbers.

SAS counts days from 1960-01-01, seconds from its midnight, and seconds of the day.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Final

__all__ = ["iso_date", "sas_date", "sas_datetime", "sas_time"]

EPOCH: Final = date(1960, 1, 1)
MIDNIGHT: Final = datetime(1960, 1, 1)  # noqa: DTZ001 - SAS knows no time zones
DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
DATETIME: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}([.]\d{1,6})?)?")
TIME: Final = re.compile(r"\d{2}:\d{2}(:\d{2}([.]\d{1,6})?)?")


def sas_date(text: str) -> float:
    """Days from 1960-01-01 to a complete ISO date.

    Raises
    ------
    ValueError
        The date is partial, impossible or no ISO date.
    """
    if not DATE.fullmatch(text) or not text.isascii():
        msg = f"{text[:40]!r} is no complete date (YYYY-MM-DD)"
        raise ValueError(msg)
    return float((date.fromisoformat(text) - EPOCH).days)


def sas_datetime(text: str) -> float:
    """Seconds from 1960-01-01T00:00 to an ISO datetime without a time zone.

    Raises
    ------
    ValueError
        The datetime is partial, impossible, has a time zone or is no ISO datetime.
    """
    if not DATETIME.fullmatch(text) or not text.isascii():
        msg = f"{text[:40]!r} is no complete datetime without time zone (YYYY-MM-DDThh:mm:ss)"
        raise ValueError(msg)
    return (datetime.fromisoformat(text) - MIDNIGHT) / timedelta(seconds=1)


def sas_time(text: str) -> float:
    """Seconds of the day at an ISO time without a time zone.

    Raises
    ------
    ValueError
        The time is partial, impossible, has a time zone or is no ISO time.
    """
    if not TIME.fullmatch(text) or not text.isascii():
        msg = f"{text[:40]!r} is no complete time without time zone (hh:mm:ss)"
        raise ValueError(msg)
    clock = time.fromisoformat(text)
    return clock.hour * 3600 + clock.minute * 60 + clock.second + clock.microsecond / 1e6


def iso_date(days: float) -> str:
    """The ISO text of a SAS date.

    Raises
    ------
    ValueError
        The number is not whole, or its year is not between 1 and 9999.
    """
    if days != int(days):
        msg = f"{days!r} is no whole number of days"
        raise ValueError(msg)
    try:
        return (EPOCH + timedelta(days=int(days))).isoformat()
    except OverflowError:
        msg = f"{days!r} days from 1960-01-01 is a year that ISO 8601 does not write in four digits"
        raise ValueError(msg) from None
