"""Content of a YAML file as a model; what does not fit is noted with file, line and field."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from csrbook.plan.lock_models import Model

if TYPE_CHECKING:
    from csrbook.plan.problems import Problems
    from csrbook.plan.yaml_file import Value, YamlFile

__all__ = ["validated"]

AnyModel = TypeVar("AnyModel", bound=Model)


def validated(model: type[AnyModel], data: Value, file: YamlFile, problems: Problems) -> AnyModel | None:
    """The model of a file's content, None where it does not fit.

    The content goes in as JSON, whose strict mode takes a list for a tuple and an integer for a float, but neither a
    quoted number for a number nor a number for a text.
    """
    try:
        return model.model_validate_json(json.dumps(data), strict=True)
    except ValidationError as error:
        for item in error.errors(include_url=False):
            found, expected = _explain(item)
            problems.add(file.where(item["loc"]), found, expected)
        return None


def _explain(item: Any) -> tuple[str, str]:
    """What pydantic found and what it expected."""
    kind, given, limits = item["type"], item["input"], item.get("ctx", {})
    if kind == "missing":
        return f"no field '{item['loc'][-1]}'", f"the field '{item['loc'][-1]}'"
    shown = json.dumps(given, ensure_ascii=False)
    shown = shown if len(shown) <= 60 else f"{shown[:57]}..."
    if kind == "extra_forbidden":
        return f"the unknown field '{item['loc'][-1]}'", "a field that the plan knows"
    if kind == "string_type" and isinstance(given, (int, float)):
        return shown, "text (in quotes where it looks like a number or a switch)"
    if kind == "string_pattern_mismatch":
        return shown, f"text of the pattern {limits['pattern']}"
    if kind == "value_error":
        return str(limits["error"]), "a valid value"
    return shown, str(item["msg"]).removeprefix("Input should be ").replace("'", "")
