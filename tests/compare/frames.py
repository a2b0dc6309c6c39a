"""Small ARDs that can be read on the screen."""

from __future__ import annotations

import pandas as pd

from csrbook.ard import ARD_COLUMNS, ARD_KEYS


def production(*rows: tuple[str, str, float, str], unit: str = "") -> pd.DataFrame:
    """Rows of output, statistic, value, printed string."""
    frame = pd.DataFrame("", index=range(len(rows)), columns=list(ARD_COLUMNS))
    frame["output_id"] = [row[0] for row in rows]
    frame["stat_name"] = [row[1] for row in rows]
    frame["value"] = [float(row[2]) for row in rows]
    frame["formatted"] = [row[3] for row in rows]
    frame["unit"] = unit
    return frame


def qc(*rows: tuple[str, str, float]) -> pd.DataFrame:
    """Rows of output, statistic, value."""
    frame = pd.DataFrame("", index=range(len(rows)), columns=[*ARD_KEYS, "value"])
    frame["output_id"] = [row[0] for row in rows]
    frame["stat_name"] = [row[1] for row in rows]
    frame["value"] = [float(row[2]) for row in rows]
    return frame
