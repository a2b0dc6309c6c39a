"""JSON Schemas of the plan's files, for editors that complete and check YAML while it is written."""

from __future__ import annotations

from typing import Any, Final

from csrbook.plan.models import Catalogue, Endpoints, Model, Study

__all__ = ["MODELS", "json_schemas"]

MODELS: Final[dict[str, type[Model]]] = {
    "study.yaml": Study,
    "endpoints.yaml": Endpoints,
    "outputs.yaml": Catalogue,
}
"""The model of each file."""


def json_schemas() -> dict[str, dict[str, Any]]:
    """JSON Schema (draft 2020-12) of each file of the plan, by file name, keys in alphabetical order."""
    return {
        name: _sorted({**model.model_json_schema(), "$schema": "https://json-schema.org/draft/2020-12/schema"})
        for name, model in MODELS.items()
    }


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [_sorted(item) for item in value]
    return value
