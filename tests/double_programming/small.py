"""A production ARD of a few numbers, and a lock of one dataset."""

from __future__ import annotations

import pandas as pd

from csrbook.ard import ARD_COLUMNS, ARD_KEYS

LOCK = "sha256:" + "ab" * 32


def ard(*rows: tuple[str, str, float]) -> pd.DataFrame:
    """Rows of output, statistic, value; the level of the arm begins as a formula would in a spreadsheet."""
    frame = pd.DataFrame("", index=range(len(rows)), columns=list(ARD_COLUMNS))
    frame["output_id"] = [row[0] for row in rows]
    frame["stat_name"] = [row[1] for row in rows]
    frame["group1_level"] = "=A"
    frame["stat_label"] = "Label"
    frame["value"] = [float(row[2]) for row in rows]
    return frame


def numbers(*rows: tuple[str, str, float]) -> pd.DataFrame:
    """The same numbers as the second side gives them."""
    return ard(*rows)[[*ARD_KEYS, "value"]]


class SmallLock:
    """Locked data of one dataset, ADSL with two subjects."""

    hash = LOCK
    id = "Labababababab"
    names = ("ADSL",)
    manifest = {"datasets": {"ADSL": {"content_sha256": "sha256:00"}}}  # noqa: RUF012

    def dataset(self, name: str, columns: list[str] | None = None) -> pd.DataFrame:
        assert name == "ADSL"
        frame = pd.DataFrame(
            {"USUBJID": ["1", "2"], "AGE": [50.0, float("nan")], "AGEGR1": ["<65", ""], "RANDDT": [22000.0, 22001.0]}
        )
        return frame if columns is None else frame[columns]
