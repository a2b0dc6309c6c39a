"""A validator of the part of JSON Schema that the plan's schemas use; any other keyword is an error."""

from __future__ import annotations

import re
from typing import Any

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}
NOTES = {"$schema", "$defs", "title", "description", "default"}


def errors(value: Any, schema: dict[str, Any], top: dict[str, Any], at: str = "") -> list[str]:
    """What does not fit, as sentences that begin with the path."""
    found: list[str] = []
    for keyword, rule in schema.items():
        if keyword in NOTES:
            continue
        match keyword:
            case "$ref":
                found += errors(value, top["$defs"][rule.removeprefix("#/$defs/")], top, at)
            case "type":
                number = isinstance(value, (int, float)) and not isinstance(value, bool)
                fits = {"number": number, "integer": number and value == int(value)}.get(rule)
                if not (isinstance(value, TYPES[rule]) if fits is None else fits):
                    found.append(f"{at}: no {rule}")
            case "anyOf":
                if all(errors(value, option, top, at) for option in rule):
                    found.append(f"{at}: fits none")
            case "enum":
                if value not in rule:
                    found.append(f"{at}: none of {rule}")
            case "const":
                if value != rule:
                    found.append(f"{at}: not {rule}")
            case "pattern":
                if not re.search(rule, value):
                    found.append(f"{at}: not like {rule}")
            case "minimum":
                if value < rule:
                    found.append(f"{at}: below {rule}")
            case "exclusiveMinimum":
                if value <= rule:
                    found.append(f"{at}: not above {rule}")
            case "exclusiveMaximum":
                if value >= rule:
                    found.append(f"{at}: not below {rule}")
            case "minItems":
                if len(value) < rule:
                    found.append(f"{at}: fewer than {rule}")
            case "items":
                for number, item in enumerate(value):
                    found += errors(item, rule, top, f"{at}[{number}]")
            case "required":
                found += [f"{at}: no {name}" for name in rule if name not in value]
            case "properties":
                for name, item in value.items():
                    if name in rule:
                        found += errors(item, rule[name], top, f"{at}.{name}")
            case "additionalProperties":
                for name in sorted(set(value) - set(schema.get("properties", {}))):
                    if rule is False:
                        found.append(f"{at}: unknown {name}")
                    elif rule is not True:
                        found += errors(value[name], rule, top, f"{at}.{name}")
            case _:
                msg = f"{at}: the keyword {keyword} is not known here"
                raise AssertionError(msg)
    return found
