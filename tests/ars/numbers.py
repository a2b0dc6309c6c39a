"""The numbers of an ARD, and those that a reader finds in ``ars.json``: both as the same tuples."""

from __future__ import annotations

import math
from collections import Counter


def numbers_of_ard(ard, plan):
    """One tuple a row: output, analysis, name, method, dataset, set, levels, statistic, unit, value, print."""
    methods = {output.id: output.method for output in plan.catalogue.outputs}
    found = Counter()
    for row in ard.to_dict("records"):
        second = ("", "") if row["group2"] == "PARAMCD" else (row["group2"], row["group2_level"])
        pairs = [(row["group1"], row["group1_level"]), second, (row["variable"], row["variable_level"])]
        unit = "" if row["unit"] == "text" else row["unit"]
        value = None if math.isnan(row["value"]) else f"{row['value'] + 0.0:.10g}"
        method = row["method"] or methods[row["output_id"]]
        of = f" of {row['variable']}" if row["variable"] else ""
        by = ", ".join(name for name in (row["group1"], second[0]) if name)
        name = f"{method}{of}{f' by {by}' if by else ''}"
        where = (row["output_id"], row["analysis_id"], name, method, row["dataset"], row["analysis_set"])
        levels = tuple((name, level) for name, level in pairs if level)
        found[(*where, levels, row["stat_name"], unit, value, row["formatted"])] += 1
    return found


def numbers_of_event(event):
    """The same from the JSON of a reporting event alone."""
    outputs = dict(_analyses_of_outputs(event["mainListOfContents"]["contentsList"]))
    sets = {item["id"]: item["label"] for item in event["analysisSets"]}
    methods = {item["id"]: item["name"] for item in event["methods"]}
    operations = {o["id"]: o for item in event["methods"] for o in item["operations"]}
    factors = {item["id"]: item["name"].removeprefix("Treatment (").rstrip(")") for item in event["analysisGroupings"]}
    groups = {g["id"]: g["label"] for item in event["analysisGroupings"] for g in item.get("groups", [])}
    found = Counter()
    for analysis in event["analyses"]:
        where = (outputs[analysis["id"]], analysis["label"], analysis["name"], methods[analysis["methodId"]])
        where += (analysis.get("dataset", ""), sets.get(analysis.get("analysisSetId"), ""))
        for result in analysis["results"]:
            levels = tuple(
                (factors[item["groupingId"]], item.get("groupValue") or groups[item["groupId"]])
                for item in result.get("resultGroups", [])
                if item.keys() & {"groupId", "groupValue"}
            )
            operation = operations[result["operationId"]]
            unit = operation.get("description", "").removeprefix("Unit: ").removesuffix(".")
            said = (operation["label"], unit, result.get("rawValue"), result["formattedValue"])
            found[(*where, levels, *said)] += 1
    return found


def _analyses_of_outputs(nested, output=None):
    for item in nested["listItems"]:
        here = item.get("outputId", output)
        if "analysisId" in item:
            yield item["analysisId"], here
        yield from _analyses_of_outputs(item.get("sublist", {"listItems": []}), here)


def items_of(nested):
    """All entries of a list of contents, in order."""
    for item in nested["listItems"]:
        yield item
        yield from items_of(item.get("sublist", {"listItems": []}))
