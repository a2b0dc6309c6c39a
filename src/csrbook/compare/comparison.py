"""What came out of a comparison."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from csrbook.ard import ARD_KEYS
from csrbook.errors import ComparisonError

if TYPE_CHECKING:
    from collections.abc import Hashable

    import pandas as pd

__all__ = ["COLUMNS", "FAILURES", "NAMING_KEYS", "VERDICTS", "Comparison"]

VERDICTS: Final = ("matched", "different", "missing", "extra", "duplicated")
"""``missing`` stands in production only, ``extra`` in QC only, ``duplicated`` twice on either side."""

FAILURES: Final = VERDICTS[1:]

BITS: Final = {"missing": 64, "extra": 128, "different": 4096, "duplicated": 32768}
"""What each verdict adds to the return code: the bits of SAS's SYSINFO after PROC COMPARE that mean the same (BASEOBS,
COMPOBS, VALUE), and ERROR for keys that cannot be compared because they occur twice."""

COLUMNS: Final = (
    *ARD_KEYS,
    "verdict",
    "production",
    "qc",
    "difference",
    "percent",
    "relative_tolerance",
    "absolute_tolerance",
    "formatted",
    "qc_text",
    "prints_differently",
    "waiver",
)
"""Columns of :attr:`Comparison.frame`."""

NAMING_KEYS: Final = tuple(key for key in ARD_KEYS if key not in ("method", "dataset", "group1", "group2"))
"""Keys that tell a number from the others of its output, but for slips of a program."""

NAME_WIDTH: Final = 26


@dataclass(frozen=True)
class Comparison:
    """The verdict on every number of the outputs in scope.

    Attributes
    ----------
    frame : DataFrame
        One row a key with :data:`COLUMNS`, in the order of production, numbers of QC alone at the end. ``difference``
        is QC minus production, ``percent`` the same as a percentage of production, ``prints_differently`` is
        ``yes``, ``no`` or ``""`` where it cannot be told.
    scope : tuple of str
        Outputs that were compared.
    out_of_scope : int
        Numbers of production in outputs that QC does not claim to recompute.
    texts : int
        Rows of production, in scope, that are texts and no numbers, and were therefore not compared.
    """

    frame: pd.DataFrame
    scope: tuple[str, ...]
    out_of_scope: int = 0
    texts: int = 0

    @property
    def ok(self) -> bool:
        """Whether each output in scope has numbers, and all of them match but for differences that are waived."""
        summary = self.summary
        return bool(self.scope) and bool((summary["compared"] > 0).all()) and not len(self.failures)

    @property
    def failures(self) -> pd.DataFrame:
        """The rows of :attr:`frame` that neither match nor are waived."""
        return self.frame[(self.frame["verdict"] != "matched") & (self.frame["waiver"] == "")]

    @property
    def return_code(self) -> int:
        """Sum of :data:`BITS` over the verdicts of :attr:`failures`, as SYSINFO is in SAS; 0 where there are none."""
        found = set(self.failures["verdict"])
        return sum(bit for verdict, bit in BITS.items() if verdict in found)

    @property
    def summary(self) -> pd.DataFrame:
        """Counts by output: numbers compared, each verdict, waived ones, and differences that the page would show."""
        import pandas as pd

        rows: list[dict[str, object]] = []
        groups = dict(tuple(self.frame.groupby("output_id", sort=False)))
        for output in self.scope:
            part = groups.get(output, self.frame.iloc[:0])
            counts = {verdict: int((part["verdict"] == verdict).sum()) for verdict in VERDICTS}
            visible = int((part["prints_differently"] == "yes").sum())
            rows.append(
                {
                    "output": output,
                    "compared": counts["matched"] + counts["different"],
                    **counts,
                    "waived": int((part["waiver"] != "").sum()),
                    "printed": visible,
                    "worst": _worst(part),
                }
            )
        return pd.DataFrame(rows, columns=["output", "compared", *VERDICTS, "waived", "printed", "worst"])

    def table(self, limit: int = 20) -> str:
        """Text for a console: the summary, and below it the first ``limit`` (0: none) numbers that do not match."""
        from tabulate import tabulate

        summary = self.summary
        if len(summary) > 1:
            total = {
                "output": "All",
                **summary.drop(columns=["output", "worst"]).sum(),
                "worst": summary["worst"].max(),
            }
            summary.loc[len(summary)] = [total[name] for name in summary]
        head = [
            "Output",
            "Com-\npared",
            "Match-\ned",
            "Differ-\nent",
            "Miss-\ning",
            "Extra",
            "Dupli-\ncated",
            "Waived",
            "Seen in\nprint",
            "Largest\n|%|",
        ]
        rows = [[*row[:-1], "" if row[-1] != row[-1] else f"{row[-1]:.2g}"] for row in summary.itertuples(index=False)]
        parts = [tabulate(rows, headers=head, tablefmt="simple", disable_numparse=True, colalign=_align(len(head)))]
        failures = self.failures
        if len(failures) and limit:
            parts.append(_listing(failures, limit))
        return "\n\n".join(parts)

    def require_agreement(self, limit: int = 20) -> None:
        """Raise unless :attr:`ok`.

        Parameters
        ----------
        limit : int
            How many of the numbers that do not match the error lists.

        Raises
        ------
        ComparisonError
            With both values of each number listed; exit code 1.
        """
        if self.ok:
            return
        failures = self.failures
        empty = [str(row.output) for row in self.summary.itertuples() if row.compared == 0]
        if not len(failures):
            raise ComparisonError(
                "double programming compared no number",
                f"outputs {', '.join(empty) or '(none)'}",
                "let the QC program recompute the numbers of these outputs",
            )
        counts = [f"{int((failures['verdict'] == v).sum())} {v}" for v in FAILURES if (failures["verdict"] == v).any()]
        raise ComparisonError(
            f"double programming does not agree: {', '.join(counts)} of {len(self.frame)} numbers",
            "\n" + _listing(failures, limit),
            "find which of the two programs departs from the plan, and mend that one",
        )


def _worst(part: pd.DataFrame) -> float:
    finite = part["percent"].abs().dropna()
    return float(finite.max()) if len(finite) else float("nan")


def _align(columns: int) -> tuple[str, ...]:
    return ("left", *("right" for _ in range(columns - 1)))


def _listing(failures: pd.DataFrame, limit: int) -> str:
    """Text of the first rows that do not match, with what tells them apart."""
    from tabulate import tabulate

    rows = [
        [
            _name(row),
            row["verdict"],
            _number(row["production"], present=row["verdict"] != "extra"),
            _number(row["qc"], present=row["verdict"] != "missing"),
            "" if row["difference"] != row["difference"] else f"{row['difference']:.3g}",
            "" if row["percent"] != row["percent"] else f"{row['percent']:.3g}",
            row["prints_differently"],
        ]
        for row in failures.head(limit).to_dict("records")
    ]
    head = ["Number", "Verdict", "Production", "QC", "Difference", "%", "Seen in\nprint"]
    # So the table fits a terminal of 100 characters.
    widths = [NAME_WIDTH, *(None for _ in head[1:])]
    text = tabulate(rows, headers=head, tablefmt="simple", disable_numparse=True, maxcolwidths=widths)
    left = len(failures) - limit
    return f"{text}\n... and {left} more" if left > 0 else text


def _name(row: dict[Hashable, Any]) -> str:
    """What tells a number from the others; all keys where it stands on one side only, for one of them may be why."""
    keys = ARD_KEYS if row["verdict"] in ("missing", "extra") else NAMING_KEYS
    parts = [str(row[key]) for key in keys if row[key] and key != "output_id"]
    return f"{row['output_id']} {', '.join(parts)}"


def _number(value: float, *, present: bool) -> str:
    if not present:
        return "-"
    return "NE" if value != value else f"{value:.9g}"
