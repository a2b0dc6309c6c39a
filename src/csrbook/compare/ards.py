"""Compares the numbers of two programmers by key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from csrbook.ard import ARD_COLUMNS, ARD_KEYS
from csrbook.compare.comparison import COLUMNS, Comparison
from csrbook.compare.numbers import Tolerance, agree, percent_difference
from csrbook.compare.printed import prints_differently
from csrbook.errors import ProgramError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from csrbook.compare.selection import Allowance, Waiver

__all__ = ["compare_ards"]

SEPARATOR: Final = "\x1f"
"""Stands in no key."""


def compare_ards(
    production: pd.DataFrame,
    qc: pd.DataFrame,
    *,
    scope: Iterable[str] | None = None,
    tolerance: Tolerance | None = None,
    allowances: Sequence[Allowance] = (),
    waivers: Sequence[Waiver] = (),
) -> Comparison:
    """Compare a QC ARD with the production ARD.

    Parameters
    ----------
    production : DataFrame
        An ARD (:data:`csrbook.ard.ARD_COLUMNS`). Rows with ``unit`` equal to ``text`` and no value are words, which
        stand in ``formatted``.
    qc : DataFrame
        :data:`csrbook.ard.ARD_KEYS` and ``value`` (NaN where not estimable); ``text`` where there are words. Without
        that column the words of production are counted and not compared.
    scope : iterable of str, optional
        Ids of the outputs that QC claims to recompute in full. Production rows of other outputs are left out. Without
        it every output of either side is in scope.
    tolerance : Tolerance, optional
        For all numbers: relative 1e-8, absolute 1e-10 by default.
    allowances : sequence of Allowance
        Numbers that have a tolerance of their own; the first that fits holds.
    waivers : sequence of Waiver
        Differences that are admitted. They keep their verdict and are no failures.

    Returns
    -------
    Comparison
        It raises nothing by itself; see :meth:`Comparison.require_agreement`.

    Raises
    ------
    ProgramError
        A frame lacks a key column or ``value``.
    """
    import numpy as np
    import pandas as pd

    _require_columns(production, "production", ARD_COLUMNS)
    _require_columns(qc, "QC", (*ARD_KEYS, "value"))
    outputs = tuple(dict.fromkeys((*production["output_id"], *qc["output_id"]) if scope is None else scope))

    inside = production[production["output_id"].isin(outputs)]
    is_text = inside["unit"].eq("text") & inside["value"].isna()
    with_text = "text" in qc
    words = inside.assign(text=inside["formatted"].where(is_text, "")) if with_text else inside[~is_text]
    first, doubled = _by_key(words, "production")
    second, doubled_in_qc = _by_key(qc, "qc")
    both = first.join(second.drop(columns=list(ARD_KEYS)))
    both["side"] = np.where(both.index.isin(second.index), "both", "left")
    extra = second[~second.index.isin(first.index)].assign(side="right")
    frame = pd.concat([both, extra]) if len(extra) else both
    frame = frame.reindex(columns=[*both.columns])
    frame = frame.fillna(dict.fromkeys(("formatted", "production_text", "qc_text"), ""))

    frame["relative_tolerance"], frame["absolute_tolerance"] = _tolerances(frame, tolerance or Tolerance(), allowances)
    numbers = frame["production"], frame["qc"]
    equal = agree(*numbers, frame["relative_tolerance"], frame["absolute_tolerance"])
    equal &= frame["production_text"].eq(frame["qc_text"]).to_numpy()
    frame["verdict"] = np.select(
        [frame.index.isin(doubled | doubled_in_qc), frame["side"].eq("left"), frame["side"].eq("right"), equal],
        ["duplicated", "missing", "extra", "matched"],
        "different",
    )
    frame["difference"] = (frame["qc"] - frame["production"]).mask(frame["production"].eq(frame["qc"]), 0.0)
    frame["percent"] = percent_difference(*numbers)
    frame["prints_differently"] = _seen(frame)
    frame["waiver"] = _waived(frame, waivers)
    return Comparison(
        frame=frame[list(COLUMNS)].reset_index(drop=True),
        scope=tuple(dict.fromkeys((*outputs, *frame["output_id"]))),
        out_of_scope=len(production) - len(inside),
        texts=0 if with_text else int(is_text.sum()),
    )


def _require_columns(frame: pd.DataFrame, side: str, needed: Iterable[str]) -> None:
    absent = [name for name in needed if name not in frame.columns]
    if absent:
        raise ProgramError(
            f"the {side} results have no column {', '.join(absent)}",
            f"columns there: {', '.join(map(str, frame.columns))}",
            "give every key of csrbook.ard.ARD_KEYS and 'value'",
        )


def _by_key(frame: pd.DataFrame, side: str) -> tuple[pd.DataFrame, set[str]]:
    """First row of each key with the value as ``side``, by the key as one text; and the keys that occur twice."""
    import pandas as pd

    table = frame[list(ARD_KEYS)].astype(str)
    keys = [SEPARATOR.join(parts) for parts in zip(*(table[name] for name in ARD_KEYS), strict=True)]
    table[side] = frame["value"].astype("float64")
    table[f"{side}_text"] = frame["text"].astype(str) if "text" in frame else ""
    if side == "production":
        table["formatted"] = frame["formatted"].astype(str)
    table.index = pd.Index(keys, dtype=object)
    again = table.index.duplicated()
    return table[~again], {key for key, twice in zip(keys, again, strict=True) if twice}


def _tolerances(
    frame: pd.DataFrame, general: Tolerance, allowances: Sequence[Allowance]
) -> tuple[pd.Series[float], pd.Series[float]]:
    """Relative and absolute tolerance of each number; of several allowances the first that fits."""
    import pandas as pd

    relative = pd.Series(general.relative, index=frame.index)
    absolute = pd.Series(general.absolute, index=frame.index)
    for allowance in reversed(allowances):
        meant = allowance.numbers.mask(frame)
        relative, absolute = relative.mask(meant, allowance.relative), absolute.mask(meant, allowance.absolute)
    return relative, absolute


def _seen(frame: pd.DataFrame) -> list[str]:
    """Whether the page would show it: ``yes``, ``no``, nothing where that cannot be told or there is one side only."""
    said = []
    columns = ("verdict", "production", "qc", "production_text", "qc_text", "formatted")
    for verdict, production, qc, text, other, formatted in zip(*(frame[name] for name in columns), strict=True):
        if verdict not in {"matched", "different"}:
            said.append("")
        elif text or other:
            said.append("no" if text == other else "yes")
        else:
            seen = False if production == qc else prints_differently(production, qc, formatted)
            said.append({None: "", True: "yes", False: "no"}[seen])
    return said


def _waived(frame: pd.DataFrame, waivers: Sequence[Waiver]) -> pd.Series[str]:
    """The waiver of each number that does not match; of several the first that fits."""
    import pandas as pd

    said = pd.Series("", index=frame.index, dtype=object)
    for waiver in reversed(waivers):
        said = said.mask(frame["verdict"].ne("matched") & waiver.numbers.mask(frame), str(waiver))
    return said
