"""A small dataset with everything that transport files get wrong."""

from __future__ import annotations

import numpy as np
import pandas as pd

from csrbook.data import DatasetSpecification, Variable

SPECIFICATION = DatasetSpecification(
    name="ADXX",
    label="Example of Traps",
    keys=("USUBJID",),
    variables=(
        Variable("USUBJID", "Unique Subject Identifier", "text"),
        Variable("AETERM", "Reported Term", "text"),
        Variable("ABLFL", "Baseline Record Flag", "text"),
        Variable("AVAL", "Analysis Value", "number"),
        Variable("ADT", "Analysis Date", "date"),
    ),
)


def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "USUBJID": ["S-01", "S-02", "S-03", "S-04", "S-05"],
            "AETERM": ["Diarrhoea #1 <b>$\\", "腹泻", "Übelkeit", "", "  leading blanks"],
            "ABLFL": ["", "", "", "", ""],
            "AVAL": [0.1, -118.625, np.nan, 0.0, 1e-12],
            "ADT": [22000.0, np.nan, -1.0, 0.0, 23000.0],
        }
    )
