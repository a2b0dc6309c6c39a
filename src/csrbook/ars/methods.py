"""Methods and their operations: one method a method name of the ARD, one operation a statistic and unit."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from csrbook.ars.model import AnalysisMethod, ControlledTerm, Operation, OperationRelationship

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from csrbook.ars.identifiers import Identifiers

__all__ = ["DENOMINATOR", "NUMERATOR", "Methods"]

NUMERATOR: Final = "NUM"
DENOMINATOR: Final = "DEN"

COUNT: Final = ("n", "")
PERCENT: Final = ("p", "%")
COLUMN_SIZE: Final = ("N", "")

# What the short names of statistics mean where a row has no label of its own.
NAMES: Final = {
    "N": "Number of subjects",
    "n": "Count",
    "chi2": "Chi-square statistic",
    "chi_square": "Chi-square statistic",
    "coef": "Coefficient",
    "df": "Degrees of freedom",
    "hr": "Hazard ratio",
    "kappa": "Kappa",
    "log_hr": "Log hazard ratio",
    "lower": "Lower confidence limit",
    "lr_p": "P-value of the likelihood-ratio test",
    "met": "Criterion met",
    "n_censored": "Number censored",
    "n_event": "Number of events",
    "n_risk": "Number at risk",
    "odds_ratio": "Odds ratio",
    "p": "P-value",
    "p_exact": "Exact P-value",
    "q": "Q-value",
    "q1": "First quartile",
    "q3": "Third quartile",
    "rd": "Risk difference",
    "sd": "Standard deviation",
    "se": "Standard error",
    "smd": "Standardised mean difference",
    "t": "t statistic",
    "upper": "Upper confidence limit",
    "z": "z statistic",
}
_NUMBER = re.compile(r"[<>]?[-\N{MINUS SIGN}]?([\d,]+)(?:\.(\d+))?%?")


class Methods:
    """All methods of an ARD.

    Parameters
    ----------
    ard : DataFrame
        Column ``method`` must not be empty.
    identifiers : Identifiers
    """

    def __init__(self, ard: pd.DataFrame, identifiers: Identifiers) -> None:
        self._methods: dict[str, str] = {}
        self._operations: dict[tuple[str, str, str], Operation] = {}
        columns = ["method", "stat_name", "unit", "stat_label", "formatted"]
        for method in ard["method"].unique():
            self._methods[method] = identifiers.new("MTH", method)
        groups = ard[columns].groupby(columns[:3], sort=False)
        orders: Counter[str] = Counter()
        for key, rows in groups:
            method, statistic, unit = map(str, key)
            orders[method] += 1
            parts = [
                self._methods[method],
                statistic,
                *([unit.replace("%", "percent")] if unit not in ("", "text") else []),
            ]
            self._operations[method, statistic, unit] = Operation(
                id=identifiers.new(*parts),
                name=_name(statistic, unit, rows["stat_label"]),
                label=statistic,
                description=f"Unit: {unit}." if unit not in ("", "text") else None,
                order=orders[method],
                result_pattern=_pattern(rows["formatted"]),
            )
        self._relate()

    @property
    def methods(self) -> tuple[AnalysisMethod, ...]:
        """The methods with their operations."""
        operations: dict[str, list[Operation]] = {}
        for (method, _, _), operation in self._operations.items():
            operations.setdefault(method, []).append(operation)
        return tuple(
            AnalysisMethod(id=identifier, name=name, operations=tuple(operations[name]))
            for name, identifier in self._methods.items()
        )

    def method(self, name: str) -> str:
        """Id of a method."""
        return self._methods[name]

    def operation(self, method: str, statistic: str, unit: str) -> str:
        """Id of an operation."""
        return self._operations[method, statistic, unit].id

    def relationships(self, method: str) -> dict[str, str]:
        """Ids of the relationships of the percentage of a method, by :data:`NUMERATOR` and :data:`DENOMINATOR`."""
        percent = self._operations.get((method, *PERCENT))
        found = percent.referenced_operation_relationships if percent is not None else None
        return {relationship.id.rsplit(".", 1)[1]: relationship.id for relationship in found or ()}

    def _relate(self) -> None:
        """Say of each percentage that its numerator is the count beside it, its denominator the size of the column."""
        sizes = [o for (_, statistic, unit), o in self._operations.items() if (statistic, unit) == COLUMN_SIZE]
        for (method, statistic, unit), operation in list(self._operations.items()):
            count = self._operations.get((method, *COUNT))
            if (statistic, unit) != PERCENT or count is None:
                continue
            related = [_relationship(operation, count, NUMERATOR, "NUMERATOR")]
            related += [_relationship(operation, size, DENOMINATOR, "DENOMINATOR") for size in sizes[:1]]
            self._operations[method, statistic, unit] = operation.model_copy(
                update={"referenced_operation_relationships": tuple(related)}
            )


def _relationship(operation: Operation, other: Operation, short: str, role: str) -> OperationRelationship:
    return OperationRelationship(
        id=f"{operation.id}.{short}",
        referenced_operation_role=ControlledTerm.model_validate({"controlledTerm": role}),
        operation_id=other.id,
    )


def _name(statistic: str, unit: str, labels: Iterable[str]) -> str:
    """The one label that rows have; else what the statistic's short name means."""
    own = dict.fromkeys(label for label in labels if label and label != statistic)
    if len(own) == 1:
        return next(iter(own))
    if (statistic, unit) == PERCENT:
        return "Percentage"
    return NAMES.get(statistic) or statistic.replace("_", " ").capitalize()


def _pattern(formatted: Iterable[str]) -> str | None:
    """How the numbers are printed, such as ``XXX.X``: the most frequent number of decimals, the longest whole part."""
    matched = [m for text in formatted if (m := _NUMBER.fullmatch(text.strip()))]
    if not matched:
        return None
    counted = Counter(len(m[2] or "") for m in matched)
    decimals = max(counted, key=lambda n: (counted[n], n))
    whole = max(len(m[1].replace(",", "")) for m in matched)
    return "X" * whole + ("." + "X" * decimals if decimals else "")
