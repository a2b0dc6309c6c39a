"""D16.1.9.2 Statistical methods: the method and program of each output, the software, and the models' raw output."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Final

from csrbook.ard import Ard
from csrbook.displays.columns import plain_header
from csrbook.displays.event_times import EventTimesSource
from csrbook.displays.model import Column, Display, Row
from csrbook.displays.parameters import Parameters, read_parameters
from csrbook.displays.program import Results
from csrbook.displays.time_to_event import fit_cox

if TYPE_CHECKING:
    from csrbook.displays.program import Data
    from csrbook.plan.models import Output, Plan

SOFTWARE: Final = ("csrbook", "numpy", "scipy", "pandas", "lifelines", "statsmodels", "pandera", "pyarrow", "typst")
RAW_DIGITS: Final = 10


class MethodParameters(Parameters):
    """What the plan row says: ``PARAMCD`` by analysis set of the models whose raw output is given."""

    models: dict[str, str]


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """Raw output of the Cox models that decide: every number with ten significant digits."""
    chosen = read_parameters(output, MethodParameters)
    source = EventTimesSource(data, plan)
    ard = Ard(output.id, dataset="ADTTE")
    for analysis_set, paramcd in chosen.models.items():
        times = source.select(analysis_set, paramcd)
        for test, _ in times.comparisons():
            fit = fit_cox(times, test.id, plan.study.confidence)
            keys = {**times.keys, "group1_level": test.id, "analysis_id": "RAW", "method": "Cox, stratified, Efron"}
            for name in ("log_hr", "se", "z", "p", "hr", "lower", "upper"):
                value = float(getattr(fit, name))
                known = value == value
                text = f"{value:.{RAW_DIGITS}g}" if known else "NE"
                ard.add(name, value if known else None, formatted=text, error="" if known else fit.status, **keys)
    return Results(ard)


def display(results: Results, output: Output, plan: Plan) -> Display:
    """Raw output first, then the software, then a row an output."""
    chosen = read_parameters(output, MethodParameters)
    ard = results.ard
    rows = [Row(label="Raw output of the models that decide", kind="group")]
    for analysis_set, paramcd in chosen.models.items():
        keys = {"analysis_id": "RAW", "analysis_set": analysis_set, "group2_level": paramcd}
        for arm in plan.study.test_arms:
            numbers = ", ".join(
                f"{name} {ard.text(name, group1_level=arm.id, **keys)}"
                for name in ("log_hr", "se", "z", "p", "hr", "lower", "upper")
            )
            label = f"{paramcd}, {plan.study.analysis_set(analysis_set).label}, {arm.short}"
            rows.append(Row((numbers, "csrbook.stats.cox.cox_arm"), label, indent=1))
    rows.append(Row(label="Software", kind="group"))
    installed = [f"{name} {found}" for name in SOFTWARE if (found := _version(name))]
    rows.append(Row((", ".join(installed), "requirements/base.txt"), "Python packages", indent=1))
    rows.append(Row(label="Outputs: method and program", kind="group"))
    outputs = plan.catalogue.outputs
    rows += [Row((item.method, item.program or "not programmed"), item.id, indent=1) for item in outputs]
    return Display(
        columns=(Column(1.0), Column(3.2), Column(1.9)),
        header=plain_header("Item", ["What was done", "Program"]),
        rows=tuple(rows),
        footnotes=("Formula, SAS and R of each method, raw output of all models: statistical-methods.pdf.",),
    )


def _version(name: str) -> str:
    """Version of an installed package, empty where it is not installed as one."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
