"""What the certificate of double programming says, as plain content."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from csrbook.compare import NAMING_KEYS
from csrbook.double_programming.checks import STATUS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from csrbook.double_programming.checks import Verification
    from csrbook.plan.double_programming import DoubleProgramming, QcFindings

__all__ = ["certificate"]

SHOWN: Final = 200
"""Numbers that do not match which the certificate lists; ``qc.parquet`` has all of them."""


def certificate(
    verification: Verification,
    plan: DoubleProgramming,
    findings: QcFindings,
    production_programmer: str,
    environment: Mapping[str, str],
) -> dict[str, Any]:
    """Content of the certificate, which is that of ``qc.json``; see :func:`csrbook.displays.qc_document.qc_document`.

    Parameters
    ----------
    verification : Verification
    plan : DoubleProgramming
        Its tolerances.
    findings : QcFindings
        Findings, resolutions and waivers.
    production_programmer : str
    environment : mapping
        What both sides ran on, text by name.
    """
    subjects = {
        name: {"status": status, "checks": [check.content() for check in verification.by_subject.get(name, ())]}
        for name, status in verification.statuses.items()
    }
    frame = verification.comparison.frame
    general = {"relative": plan.relative, "absolute": plan.absolute, "numbers": {}, "reason": "Unless stated otherwise"}
    return {
        "verdict": verification.verdict,
        "agrees": verification.agrees,
        "complete": verification.complete,
        "return_code": verification.return_code,
        "left_out": list(verification.left_out),
        "statuses": STATUS,
        "outputs": {name: subjects[name] for name in verification.outputs},
        "derivations": {name: item for name, item in subjects.items() if name not in verification.outputs},
        "production_programmer": production_programmer,
        "findings": [item.model_dump() for item in findings.findings],
        "waivers": [
            {**item.model_dump(), "admits": int(frame["waiver"].str.startswith(f"{item.reason} (").sum())}
            for item in findings.waivers
        ],
        "tolerances": [*(item.model_dump() for item in plan.tolerances), general],
        "differences": [_row(row) for row in frame[frame["verdict"] != "matched"].head(SHOWN).to_dict("records")],
        "environment": environment,
    }


def _row(row: Mapping[Any, Any]) -> dict[str, str]:
    return {
        "name": ", ".join(str(row[key]) for key in NAMING_KEYS if row[key])
        + (f"; waived: {row['waiver']}" * bool(row["waiver"])),
        "verdict": str(row["verdict"]),
        "production": "–" if row["verdict"] == "extra" else _number(row["production"], row["formatted"]),
        "qc": "–" if row["verdict"] == "missing" else _number(row["qc"], row["qc_text"]),
        "percent": "" if row["percent"] != row["percent"] else f"{row['percent']:.2g}",
        "prints_differently": str(row["prints_differently"]),
    }


def _number(value: float, text: str) -> str:
    return f"{value:.9g}" if value == value else text or "NE"
