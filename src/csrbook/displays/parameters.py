"""The parameters of a plan row, typed: what each kind of display may be told by the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from csrbook.errors import PlanError

if TYPE_CHECKING:
    from csrbook.plan.models import Output, Plan

__all__ = ["Labels", "Parameters", "label_of", "named_seed", "read_parameters", "sentence_case"]

Labels = dict[str, dict[str, str]]
"""Printed label by variable and value; the order of the values is the order of the rows."""


class Parameters(BaseModel):
    """Base of the parameters of a display: an unknown name is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)


Kind = TypeVar("Kind", bound=Parameters)


def read_parameters(output: Output, kind: type[Kind]) -> Kind:
    """The ``parameters`` of a plan row as a typed object.

    Raises
    ------
    PlanError
        Names the output and the parameter that is wrong.
    """
    try:
        return kind.model_validate(output.parameters)
    except ValidationError as error:
        first = error.errors()[0]
        path = ".".join(["parameters", *(str(part) for part in first["loc"])])
        raise PlanError(
            f"{first['msg']} ({error.error_count()} in all)",
            f"sap/outputs.yaml, output {output.id}, field {path}",
            f"known parameters: {', '.join(kind.model_fields)}",
        ) from error


def named_seed(plan: Plan, output: Output, name: str) -> int:
    """The seed that the plan has under a name.

    Raises
    ------
    PlanError
        Where there is no such seed.
    """
    if name not in plan.study.seeds:
        raise PlanError(
            f"there is no seed {name!r}",
            f"sap/outputs.yaml, output {output.id}, field parameters.seed",
            f"name one of sap/study.yaml, seeds: {', '.join(plan.study.seeds)}",
        )
    return plan.study.seeds[name]


def sentence_case(text: str) -> str:
    """Text in capitals as a sentence (``LOST TO FOLLOW-UP`` → ``Lost to follow-up``); other text as it is."""
    return text if text != text.upper() else text[:1] + text[1:].lower()


def label_of(labels: Labels, variable: str, value: str) -> str:
    """The plan's label of a value, else the value in sentence case."""
    return labels.get(variable, {}).get(value) or sentence_case(value)
