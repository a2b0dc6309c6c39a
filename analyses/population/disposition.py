"""T14.1.1.1 Disposition: screened, randomised, treated, treatment and study status with reasons, deaths."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from analyses.population.conditions import differs, equals
from csrbook.ard import Ard
from csrbook.displays.columns import add_sizes, arm_heading, plain_header, treatment_groups
from csrbook.displays.model import Column, Display
from csrbook.displays.parameters import Labels, Parameters, read_parameters
from csrbook.displays.program import Data, Results, analysis_subjects
from csrbook.displays.subject_lines import Line, add_lines, line_numbers, line_rows

if TYPE_CHECKING:
    from csrbook.displays.conditions import Condition
    from csrbook.plan.models import Output, Plan


class Drug(Parameters):
    """A component of the treatment and the variable with its status at the end."""

    variable: str
    label: str


class DispositionParameters(Parameters):
    """What the plan row says."""

    drugs: tuple[Drug, ...] = ()
    labels: Labels = Field(default_factory=dict)


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """Count subjects; N is the number randomised."""
    parameters = read_parameters(output, DispositionParameters)
    subjects = analysis_subjects(data, plan, output.population[0])
    groups = treatment_groups(plan, output.population[0])
    ard = Ard(output.id, dataset="ADSL", analysis_set=output.population[0])
    randomised = (subjects["ITTFL"] == "Y").to_numpy()
    add_sizes(ard, groups, groups.sizes(subjects["ARM"][randomised]))
    add_lines(ard, subjects, groups, disposition_lines(parameters), parameters.labels)
    return Results(ard)


def display(results: Results, output: Output, plan: Plan) -> Display:
    """Lay the counts out by randomised arm and in total."""
    parameters = read_parameters(output, DispositionParameters)
    groups = treatment_groups(plan, output.population[0])
    lines = disposition_lines(parameters)
    headings = [arm_heading(results.ard, groups, level) for level in groups.levels]
    return Display(
        columns=(Column(2.6), *(Column(1.0, "decimal") for _ in headings)),
        header=plain_header("Disposition", headings),
        rows=tuple(line_rows(results.ard, groups, lines, parameters.labels)),
        numbers=line_numbers(results.ard, groups, lines),
    )


def disposition_lines(parameters: DispositionParameters) -> list[Line]:
    """The rows: each status is divided completely, so that the parts sum to it."""
    randomised = equals(ITTFL="Y")
    treated = equals(ITTFL="Y", SAFFL="Y")
    lines = [
        Line("", "Screening"),
        Line("SCREENED", "Screened", indent=1, total_only=True),
        Line("SCREEN_FAILURE", "Screen failures", (differs("ITTFL", "Y"),), "SCREENED", "SCRFREAS", 1, total_only=True),
        Line("", "Randomisation"),
        Line("RANDOMISED", "Randomised", randomised, indent=1),
        Line("TREATED", "Treated (at least one dose)", treated, "RANDOMISED", indent=1),
        Line("NOT_TREATED", "Not treated", (*randomised, differs("SAFFL", "Y")), "RANDOMISED", indent=1),
        Line("", "Study treatment"),
        *status_lines("TREATMENT", "EOTSTT", treated, " treatment", reasons="DCTREAS"),
    ]
    for drug in parameters.drugs:
        lines.append(Line("", drug.label))
        lines += status_lines(drug.variable, drug.variable, treated)
        lines[-1] = Line(
            f"{drug.variable}_NEVER", "Never taken", (*treated, *equals(**{drug.variable: ""})), "RANDOMISED",
            indent=1, optional=True,
        )  # fmt: skip
    return [
        *lines,
        Line("", "Trial participation"),
        *status_lines("STUDY", "EOSSTT", randomised, " trial", reasons="DCSREAS"),
        Line("", "Survival"),
        Line("DEATH", "Died", (*randomised, *equals(DTHFL="Y")), "RANDOMISED", indent=1),
    ]


def status_lines(
    prefix: str, variable: str, among: tuple[Condition, ...], what: str = "", reasons: str | None = None
) -> list[Line]:
    """Ongoing, completed, discontinued (with reasons), not recorded."""

    def line(name: str, label: str, status: str, by: str | None = None, *, optional: bool = False) -> Line:
        where = (*among, *equals(**{variable: status}))
        return Line(f"{prefix}_{name}", label, where, "RANDOMISED", by, 1, optional=optional)

    return [
        line("ONGOING", "Ongoing at data cut-off", "ONGOING"),
        line("COMPLETED", f"Completed{what}", "COMPLETED", optional=True),
        line("DISCONTINUED", f"Discontinued{what}", "DISCONTINUED", reasons),
        line("UNKNOWN", "Status not recorded", "", optional=True),
    ]
