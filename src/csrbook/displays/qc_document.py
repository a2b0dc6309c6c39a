"""Double programming as strings for its certificate: values that the text quotes, and tables.

``report/qc-report.qmd`` quotes and places them as the analysis plan does its own (see
:mod:`csrbook.displays.plan_document`).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from csrbook.displays.plan_table import Table, number_captions, pairs, signatures, table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["qc_document"]

NOTHING: Final = "None."


def qc_document(content: Mapping[str, Any]) -> dict[str, Any]:
    """Values and tables of the certificate, as strings.

    Parameters
    ----------
    content : mapping
        ``verdict``, ``return_code``, ``left_out``, ``statuses`` (what pages state, by status), ``outputs`` (of each
        output ``status`` and ``checks``, as ``qc.json`` holds them), ``derivations`` (the same of datasets),
        ``production_programmer``, ``findings``, ``waivers``, ``tolerances``, ``differences`` (rows of the comparison
        that do not match) and ``environment`` (text by name).

    Returns
    -------
    dict
        ``values`` and ``tables``, as :func:`csrbook.displays.plan_document.plan_document` returns them. A table without
        a row says that there is nothing to say.
    """
    outputs, derivations = content["outputs"], content["derivations"]
    values = {
        "qc.verdict": f"{content['verdict'][:1].upper()}{content['verdict'][1:]}.",
        "qc.return_code": str(content["return_code"]),
        "qc.outputs": str(len(outputs)),
        "qc.left_out": "; ".join(content["left_out"]) or "none",
        "qc.production": content["production_programmer"] or "not named",
    }
    every = {**outputs, **derivations}
    tables = {
        "qc_summary": _summary(outputs, content["statuses"]),
        "qc_tolerances": _tolerances(content["tolerances"]),
        "qc_counts": _counts("Numbers compared, by output", "Output", outputs, content["statuses"]),
        "qc_derivations": _counts(
            "Values of datasets that were derived again", "Dataset", derivations, content["statuses"]
        ),
        "qc_differences": _differences(content["differences"]),
        "qc_findings": _findings(content["findings"]),
        "qc_waivers": _waivers(content["waivers"]),
        "qc_sides": _sides(every),
        "qc_environment": pairs(content["environment"].items()),
        "qc_signatures": signatures(("Programmer of production", "Second programmer", "Trial statistician")),
    }
    return {"values": values, "tables": number_captions(tables)}


def _summary(outputs: Mapping[str, Any], statuses: Mapping[str, str]) -> Table:
    rows = []
    for status, said in statuses.items():
        found = [item for item in outputs.values() if item["status"] == status]
        whole = [check for item in found for check in item["checks"] if not check["part"]]
        part = [check for item in found for check in item["checks"] if check["part"]]
        rows.append(
            (
                said[:1].upper() + said[1:],
                str(len(found)),
                f"{_sum(whole, 'compared'):,}",
                f"{_sum(part, 'compared'):,}",
            )
        )
    columns = [
        ("Status", 3, "left"),
        ("Outputs", 1, "right"),
        ("Numbers", 1, "right"),
        ("Of these in R too", 1.2, "right"),
    ]
    return table("Outputs by status", columns, rows)


def _sum(checks: Sequence[Mapping[str, Any]], name: str) -> int:
    return sum(int(check[name]) for check in checks)


def _counts(caption: str, what: str, subjects: Mapping[str, Any], statuses: Mapping[str, str]) -> Table:
    rows = [
        (
            name,
            _side(check),
            *(f"{check[key]:,}" for key in ("compared", "matched", "different")),
            f"{check['missing'] + check['extra'] + check['duplicated']:,}",
            f"{check['waived']:,}",
            _worst(check["worst_percent"]),
        )
        for name, item in subjects.items()
        for check in item["checks"]
    ]
    rows += [
        (name, "–", "", "", "", "", "", statuses[item["status"]])
        for name, item in subjects.items()
        if not item["checks"]
    ]
    columns = [
        (what, 1.5, "left"),
        ("By", 0.8, "left"),
        ("Compared", 1.3, "right"),
        ("Matched", 1.2, "right"),
        ("Different", 1.2, "right"),
        ("Missing,\nextra, twice", 1.4, "right"),
        ("Waived", 1, "right"),
        ("Worst relative\ndifference", 1.6, "right"),
    ]
    return table(caption, columns, rows or [("–", NOTHING, "", "", "", "", "", "")])


def _side(check: Mapping[str, Any]) -> str:
    if check["program"].endswith(".py"):
        return "Python"
    return "R" if check["program"].endswith(".R") else "File"


def _worst(percent: float | None) -> str:
    """The power of ten that the difference does not exceed; more digits would differ between processors."""
    if percent is None:
        return "–"
    relative = percent / 100.0
    return "0" if relative == 0.0 else f"≤ 1e{math.ceil(math.log10(relative)):d}"


def _sides(subjects: Mapping[str, Any]) -> Table:
    """Who programmed what by which libraries; outputs of one program in one row."""
    programs: dict[tuple[str, ...], list[str]] = {}
    for name, item in subjects.items():
        for check in item["checks"]:
            key = tuple(check[field] for field in ("program", "programmer", "date", "stack", "production"))
            programs.setdefault(key, []).append(name)
    rows = [
        (", ".join(names), production or "–", f"{program}\n{stack}", f"{programmer}, {date}")
        for (program, programmer, date, stack, production), names in programs.items()
    ]
    columns = [
        ("Outputs", 1.7, "left"),
        ("Production: libraries", 1.8, "left"),
        ("Second side: program and libraries", 2.8, "left"),
        ("Second programmer, date", 1.5, "left"),
    ]
    return table("The two sides", columns, rows or [("–", NOTHING, "", "")])


def _differences(rows: Sequence[Mapping[str, Any]]) -> Table:
    shown = [
        (
            row["name"],
            row["verdict"].capitalize(),
            row["production"],
            row["qc"],
            row["percent"],
            row["prints_differently"],
        )
        for row in rows
    ]
    columns = [
        ("Number", 3, "left"),
        ("Verdict", 1.1, "left"),
        ("Production", 1.3, "right"),
        ("Second side", 1.3, "right"),
        ("%", 0.8, "right"),
        ("Seen in print", 0.9, "left"),
    ]
    return table("Numbers that do not match", columns, shown or [("–", NOTHING, "", "", "", "")])


def _findings(findings: Sequence[Mapping[str, Any]]) -> Table:
    rows = [
        (
            f"{item['id']}\n{item['date']}",
            ", ".join(item["outputs"]),
            item["finding"],
            item["severity"].capitalize(),
            f"{item['resolution']}\n{item['name']}",
        )
        for item in findings
    ]
    columns = [
        ("Finding", 1, "left"),
        ("Outputs", 1.3, "left"),
        ("What was found", 3, "left"),
        ("Severity", 1.1, "left"),
        ("Resolution", 3, "left"),
    ]
    return table("Findings and resolutions", columns, rows or [("–", "", NOTHING, "", "")])


def _waivers(waivers: Sequence[Mapping[str, Any]]) -> Table:
    rows = [
        (
            _keys(item["numbers"]),
            item["reason"],
            f"{item['name']}, {item['date']}",
            f"{item['admits']:,}" if item["admits"] else "Nothing: take it out",
        )
        for item in waivers
    ]
    columns = [("Numbers", 2.4, "left"), ("Reason", 3.4, "left"), ("Decided by", 1.6, "left"), ("Admits", 1, "left")]
    return table("Waived differences", columns, rows or [("–", NOTHING, "", "")])


def _tolerances(tolerances: Sequence[Mapping[str, Any]]) -> Table:
    rows = [
        (
            _keys(item["numbers"]) or "All others",
            f"{item['relative']:g}",
            f"{item['absolute']:g}",
            item["reason"],
        )
        for item in tolerances
    ]
    columns = [("Numbers", 2.4, "left"), ("Relative", 0.9, "right"), ("Absolute", 0.9, "right"), ("Reason", 4, "left")]
    return table("Tolerances of the plan", columns, rows)


def _keys(numbers: Mapping[str, Sequence[str]]) -> str:
    return "\n".join(f"{name}: {', '.join(values)}" for name, values in numbers.items())
