"""Repeated measures under data missing not at random: shifts after dropout and control-based imputation, to a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from csrbook.displays.estimates import (
    add_count,
    add_number,
    add_pvalue,
    add_text,
    confidence_label,
    estimate_interval,
)
from csrbook.displays.model import Row
from csrbook.displays.repeated_measures import RepeatedMeasuresParameters, VisitScores
from csrbook.stats.pattern_mixture import PatternMixture, pattern_mixture

if TYPE_CHECKING:
    from collections.abc import Sequence

    from csrbook.ard import Ard
    from csrbook.plan.models import Plan
    from csrbook.stats.rubin import Pooled

__all__ = ["MissingVisitParameters", "add_missing_visits", "missing_visit_rows"]


class MissingVisitParameters(RepeatedMeasuresParameters):
    """What the plan row says beyond the mixed model.

    Attributes
    ----------
    shifts : tuple of float
        δ in points of the scale, from 0 outwards: added to values imputed after dropout.
    imputations, cycles : int
        As in :func:`csrbook.stats.pattern_mixture.pattern_mixture`.
    seed : str
        Name of the seed in the plan.
    """

    shifts: tuple[float, ...] = Field(min_length=1)
    imputations: int = Field(ge=2)
    cycles: int = Field(default=20, ge=1)
    seed: str


SCENARIOS = {
    "TEST": "Shift after dropout in the test arm only",
    "BOTH": "Shift after dropout in both arms",
    "REFERENCE": "After dropout as the control arm (copy reference)",
}


def add_missing_visits(
    ard: Ard, scores: VisitScores, parameter: str, chosen: MissingVisitParameters, seed: int, confidence: float
) -> None:
    """Add the estimates of one parameter at the key visit under each assumption.

    Parameters
    ----------
    ard : Ard
        Receives, with ``analysis_id`` ``PATTERN_MIXTURE``, ``variable`` the scenario (``TEST``, ``BOTH``,
        ``REFERENCE``) and ``variable_level`` the shift: of each arm ``mean`` with ``mean_lower`` and ``mean_upper``, of
        each test arm ``estimate``, ``se``, ``lower``, ``upper``, ``df``, ``p`` of the difference. ``TIPPING`` holds, a
        scenario and test arm, the first shift at which the interval stands otherwise to 0 than without a shift
        (``shift``, where there is one) and that in words (``conclusion``). ``MISSING`` counts the patients without a
        value at the visit and those of them who dropped out.
    scores : VisitScores
        From :func:`csrbook.displays.repeated_measures.visit_scores`.
    parameter : str
        ``PARAMCD``.
    chosen : MissingVisitParameters
        Visits, shifts and imputations.
    seed : int
        Of the imputations.
    confidence : float
        Level of the limits.
    """
    keys = {"group1": scores.groups.variable, "group2": "PARAMCD", "group2_level": parameter}
    alone = [(shift, 0.0) for shift in chosen.shifts]
    shifted = _fits(scores, parameter, chosen, [*alone, *((s, s) for s in chosen.shifts)], "own", seed, confidence)
    found = {
        "TEST": shifted[: len(alone)],
        "BOTH": shifted[len(alone) :],
        "REFERENCE": _fits(scores, parameter, chosen, [(0.0, 0.0)], "control", seed, confidence),
    }
    arms = {arm.id: arm for arm in scores.groups.arms}
    for mean in found["TEST"][0].means:
        row = {**keys, "analysis_id": "MISSING", "method": "Count", "group1_level": mean.arm}
        for level, counted in (("NO VALUE", mean.imputed), ("DROPOUT", mean.shifted)):
            add_count(ard, counted, mean.n, 1, **{**row, "variable": "VISIT", "variable_level": level})
    for scenario, fits in found.items():
        shifts = chosen.shifts if scenario != "REFERENCE" else (0.0,)
        for shift, fit in zip(shifts, fits, strict=True):
            row = {
                **keys,
                "analysis_id": "PATTERN_MIXTURE",
                "method": "Multiple imputation, ANCOVA, Rubin",
                "variable": scenario,
                "variable_level": f"{shift:g}",
            }
            for mean in fit.means:
                _add_pooled(ard, mean.pooled, "mean", chosen, {**row, "group1_level": mean.arm})
            for difference in fit.differences:
                if arms[difference.arm].role == "test":
                    _add_pooled(ard, difference.pooled, "", chosen, {**row, "group1_level": difference.arm})
        if scenario != "REFERENCE":
            _add_tipping(ard, fits, shifts, confidence, {**keys, "variable": scenario})


def _fits(
    scores: VisitScores,
    parameter: str,
    chosen: MissingVisitParameters,
    pairs: Sequence[tuple[float, float]],
    reference: str,
    seed: int,
    confidence: float,
) -> tuple[PatternMixture, ...]:
    subjects = scores.subjects[scores.subjects["ARM"] != ""]
    mine = scores.records[scores.records["PARAMCD"] == parameter]
    base = mine.dropna(subset=["BASE"]).drop_duplicates("USUBJID").set_index("USUBJID")["BASE"]
    subjects = subjects[subjects["USUBJID"].isin(base.index)]
    wide = mine.pivot(index="USUBJID", columns="AVISITN", values="CHG").reindex(
        index=subjects["USUBJID"], columns=list(chosen.visits)
    )
    arms = [arm.id for arm in scores.groups.arms]
    control = next(arm.id for arm in scores.groups.arms if arm.role == "control")
    return pattern_mixture(
        wide.to_numpy(dtype=float),
        subjects["ARM"].to_numpy(dtype=object),
        shifts=pairs,
        reference=reference,
        at=list(chosen.visits).index(chosen.key_visit),
        covariates={"BASE": base.reindex(subjects["USUBJID"]).to_numpy(dtype=float)},
        factors={name: subjects[name].to_numpy() for name in scores.factors if subjects[name].nunique() > 1},
        arms=arms,
        control=control,
        imputations=chosen.imputations,
        cycles=chosen.cycles,
        seed=seed,
        confidence=confidence,
    )


def _add_pooled(ard: Ard, pooled: Pooled, prefix: str, chosen: MissingVisitParameters, row: dict[str, str]) -> None:
    why = "" if pooled.status == "ok" else pooled.status
    names = {"mean": "estimate", "mean_lower": "lower", "mean_upper": "upper"} if prefix else {
        "estimate": "estimate", "lower": "lower", "upper": "upper"
    }  # fmt: skip
    for name, source in names.items():
        add_number(ard, name, getattr(pooled, source), chosen.digits, reason=why, **row)
    if not prefix:
        add_number(ard, "se", pooled.se, chosen.digits + 1, reason=why, **row)
        add_number(ard, "df", pooled.df, 1, reason=why, **row)
        add_pvalue(ard, "p", pooled.p, chosen.digits_p, reason=why, **row)


def _side(pooled: Pooled) -> int:
    """Where the interval stands: below 0 (−1), above 0 (1), or over it (0)."""
    return int(pooled.lower > 0.0) - int(pooled.upper < 0.0)


def _add_tipping(
    ard: Ard,
    fits: Sequence[PatternMixture],
    shifts: Sequence[float],
    confidence: float,
    keys: dict[str, str],
) -> None:
    words = {-1: "lies below 0", 0: "includes 0", 1: "lies above 0"}
    level = confidence_label(confidence)
    for i, first in enumerate(fits[0].differences):
        row = {**keys, "analysis_id": "TIPPING", "method": "First shift that changes the interval"}
        row["group1_level"] = first.arm
        if "estimate" not in {
            str(r["stat_name"])
            for r in ard.select(
                analysis_id="PATTERN_MIXTURE", group1_level=first.arm, group2_level=keys["group2_level"]
            )
        }:
            continue
        if first.pooled.status != "ok":
            add_text(ard, "conclusion", f"Not estimable: {first.pooled.status}.", **row)
            continue
        start = _side(first.pooled)
        turned = [
            (shift, _side(fit.differences[i].pooled))
            for shift, fit in zip(shifts, fits, strict=True)
            if _side(fit.differences[i].pooled) != start
        ]
        if turned:
            ard.add("shift", turned[0][0], formatted=f"{turned[0][0]:g}", **row)
        sentence = (
            f"The {level} CI {words[start]} without a shift and {words[turned[0][1]]} first at {turned[0][0]:g} points."
            if turned
            else f"The {level} CI {words[start]} without a shift and for every shift down to {_far(shifts):g} points."
        )
        add_text(ard, "conclusion", sentence, **row)


def _far(shifts: Sequence[float]) -> float:
    return float(max(shifts, key=abs))


def missing_visit_rows(ard: Ard, plan: Plan, chosen: MissingVisitParameters, parameter: str) -> list[Row]:
    """A block an assumption, a row a shift; under each arm its mean, then difference and p-value of each test arm."""
    keys = {"group2_level": parameter}
    width = 2 + 2 * len(plan.study.test_arms)
    rows: list[Row] = []
    for scenario, label in SCENARIOS.items():
        several = len(plan.study.test_arms) > 1
        title = label.replace("the test arm", "the test arms").replace("both arms", "all arms") if several else label
        rows.append(Row(label=title, kind="group"))
        for shift in chosen.shifts if scenario != "REFERENCE" else (0.0,):
            own = {**keys, "analysis_id": "PATTERN_MIXTURE", "variable": scenario, "variable_level": f"{shift:g}"}
            cells = [
                estimate_interval(ard, "mean", "mean_lower", "mean_upper", group1_level=arm.id, **own)
                for arm in plan.study.arms
            ]
            for arm in plan.study.test_arms:
                cells.append(estimate_interval(ard, group1_level=arm.id, **own))
                cells.append(ard.text("p", group1_level=arm.id, **own))
            name = f"{shift:g} (missing at random)" if shift == 0.0 else f"{shift:g}"
            rows.append(Row(tuple(cells), name if scenario != "REFERENCE" else "No shift", indent=1))
        if scenario == "REFERENCE":
            continue
        for arm in plan.study.test_arms:
            found = ard.text("conclusion", analysis_id="TIPPING", variable=scenario, group1_level=arm.id, **keys)
            text = found if not several else f"{arm.short}: {found}"
            rows.append(Row(("",) * (width + len(plan.study.arms) - 2), text, indent=1))
    return rows
