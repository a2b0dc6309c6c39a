"""The page that says what was damaged, what found it, and what was found where nothing was damaged."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tabulate import tabulate

from tools.fault_injection.injection import READER, SCHEMA
from tools.fault_injection.run import CATALOGUES, FURTHER, SEED, SIZE, bench

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tools.fault_injection.injection import Catalogue, Injection
    from tools.fault_injection.run import Outcome

__all__ = ["page"]

Findings = tuple[tuple[str, str, str, int], ...]


def page(
    outcomes: Mapping[str, Outcome], beyond: Mapping[str, Outcome], clean: Sequence[Findings], subjects: int
) -> str:
    """The page as Markdown.

    Parameters
    ----------
    outcomes, beyond : mapping
        Outcome by name of the injection, of the catalogues and of the faults beyond the rules.
    clean : sequence
        Findings of each undamaged database.
    subjects : int
        Randomised subjects of an undamaged database.
    """
    caught = sum(outcome.caught for outcome in outcomes.values())
    sections = "\n\n".join(f"### {catalogue.title}\n\n{_injections(catalogue, outcomes)}" for catalogue in CATALOGUES)
    alarms = sum(any(severity == "reject" for _, severity, _, _ in found) for found in clean)
    return f"""\
# Fault injection

Made by

```sh
python -m tools.fault_injection --workers 2 --write docs/fault_injection.md
```

A good simulated database ({SIZE} randomised subjects, seed {SEED}) is damaged in {len(outcomes)} ways, one at a time,
and validated as a transfer is before its lock. **{caught} of {len(outcomes)} were caught by what has to catch them**: a
finding of the expected rule, in the expected dataset, of the expected severity, that the good database does not have
and that names a damaged record (where it names all its records, which are five at most). Of {len(clean)} databases that
nobody damaged, **{alarms} were rejected**.

## Rules

How many injections each rule has to catch. R62 is a rule of pages and is checked after the run. `schema` stands for
what a schema expects of a variable beyond the rules, `reader` for the reading of files.

{_rules()}

## Injections

*Records* counts the records in the finding that was expected; it is empty where the file, the dataset or the plan as a
whole is meant. *Also* names further rules that the same damage breaks.

{sections}

## Beyond the rules

Faults that no rule of the specification looks at. They are no part of the numbers above; they say what validation does
not promise.

{_beyond(beyond)}

## Undamaged databases

{len(clean)} simulated databases of {subjects} randomised subjects, seeds 1 to {len(clean)}, in which nothing was
damaged. R16 reports, by design, every subject whose stratum at randomisation differs from the one verified at the site,
and R57 every dose intensity above the plan's limit; both are looked at and keep no data from being locked.

{_clean(clean)}
"""


def _rules() -> str:
    counts = Counter(injection.expected for catalogue in CATALOGUES for injection in catalogue.injections)
    body = [
        (rule.id, rule.sentence, rule.severity, counts[rule.id]) for rule in bench().schemas.rules if rule.id != "R62"
    ]
    body += [(name, what, "reject", counts[name]) for name, what in (
        (SCHEMA, "The variables, their types, codelists and ranges are those of the schema."),
        (READER, "A file is whole, is of the format and the dataset that it says, and in the declared encoding."),
    )]  # fmt: skip
    return _table(("Rule", "What holds of good data", "Severity", "Injections"), body)


def _injections(catalogue: Catalogue, outcomes: Mapping[str, Outcome]) -> str:
    body = []
    for injection in catalogue.injections:
        outcome = outcomes[injection.name]
        body.append(
            (
                f"`{injection.name}`",
                injection.fault,
                " ".join(injection.files or injection.datasets),
                _expected(injection),
                injection.severity,
                "caught" if outcome.caught else "**missed**",
                f"{outcome.count:,}" if outcome.count else "",
                ", ".join(outcome.others),
            )
        )
    return _table(("Name", "Fault", "In", "To be caught by", "Severity", "Result", "Records", "Also"), body)


def _expected(injection: Injection) -> str:
    if injection.not_run:
        return f"{injection.expected}, which could not run: {injection.wording}"
    return f"{injection.expected}: {injection.wording}" if injection.wording else injection.expected


def _beyond(beyond: Mapping[str, Outcome]) -> str:
    body = [
        (
            f"`{injection.name}`",
            injection.fault,
            " ".join(injection.files or injection.datasets),
            _found(beyond[injection.name]),
        )
        for injection in FURTHER
    ]
    return _table(("Name", "Fault", "In", "Found by"), body)


def _found(outcome: Outcome) -> str:
    return ", ".join(outcome.others) or "nothing"


def _clean(clean: Sequence[Findings]) -> str:
    databases: Counter[tuple[str, str, str]] = Counter()
    records: Counter[tuple[str, str, str]] = Counter()
    for found in clean:
        databases.update({finding[:3] for finding in found})
        for *key, count in found:
            records[key[0], key[1], key[2]] += count
    body: list[tuple[object, ...]] = [
        (*key, f"{databases[key]} of {len(clean)}", f"{records[key]:,}") for key in sorted(databases)
    ]
    silent = sum(not found for found in clean)
    body.append(("none", "", "", f"{silent} of {len(clean)}", ""))
    return _table(("Finding", "Severity", "Dataset", "Databases", "Records in all"), body)


def _table(headers: Sequence[str], body: Iterable[Sequence[object]]) -> str:
    return str(tabulate([[str(cell) for cell in row] for row in body], headers, tablefmt="pipe", disable_numparse=True))
