"""What `csrbook check`, `csrbook plan …` and `csrbook unblind` do, told on the console."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from csrbook.pipeline.progress import Progress
from csrbook.pipeline.study import find_study

if TYPE_CHECKING:
    from csrbook.lock.blinding import PlanState
    from csrbook.pipeline.study import StudyFolder

__all__ = ["check_study", "freeze_study", "said_of", "show_frozen", "show_plan_changes", "unblind_study"]

SHOWN = 8
"""Outputs that are named after a change; of more only the number is told."""


def check_study(folder: Path) -> None:
    """Check plan, programs and the appendix's order."""
    from csrbook.lock import load_schemas
    from csrbook.lock.waivers import require_known_rules
    from csrbook.pipeline.appendix import check_appendix

    progress = Progress()
    study = find_study(folder)
    with progress.stage("Plan") as note:
        plan = study.plan
        if plan.study.waivers:
            require_known_rules(plan, load_schemas(study.root))
        note(f"{len(plan.catalogue.outputs)} outputs, {plan.hash[:19]}")
    with progress.stage("Programs") as note:
        programmed = [output for output in plan.catalogue.outputs if output.programmed]
        for output in programmed:
            study.program(output)
        note(f"{len(programmed)} load")
    with progress.stage("Appendix") as note:
        note(f"{check_appendix(study)} outputs placed in order")


def freeze_study(folder: Path, name: str, reason: str) -> None:
    """Freeze the plan, if it checks."""
    from csrbook.errors import UsageError
    from csrbook.lock.blinding import freeze_plan

    if not name.strip():
        raise UsageError("a freeze needs a name", "--name", "say who answers for it")
    check_study(folder)
    progress = Progress()
    study = find_study(folder)
    record, made = freeze_plan(study.plan, study.root, study.locks, name.strip(), reason.strip())
    if made:
        count = f"{len(record.parts)} parts of the plan and {len(record.programs)} programs"
        progress.say(f"Frozen: {count}, {record.hash[:19]}")
        progress.say("sap/frozen.json holds the record; commit it")
    else:
        progress.say(f"Nothing changed since the plan was frozen on {record.at}: {record.hash[:19]}")


def show_frozen(folder: Path) -> None:
    """Print where the study stands, and every freeze and the unblinding."""
    from tabulate import tabulate

    from csrbook.lock.blinding import plan_state
    from csrbook.plan.freeze import read_records

    study = find_study(folder)
    print(said_of(study, plan_state(study.root, study.locks)))
    if records := read_records(study.root):
        rows = [[r.at, r.event, r.name, r.reason, r.hash[7:19]] for r in records]
        head = ["Time (UTC)", "Event", "Name", "Reason", "Record"]
        print(f"\n{tabulate(rows, headers=head, maxcolwidths=[None, None, 20, 30, None], disable_numparse=True)}")


def show_plan_changes(folder: Path) -> None:
    """Print what of the plan and its programs differs from the frozen plan, and which outputs rest on it."""
    from tabulate import tabulate

    from csrbook.errors import UsageError
    from csrbook.lock.blinding import plan_state
    from csrbook.plan.freeze import changes

    study = find_study(folder)
    state = plan_state(study.root, study.locks)
    if state.freeze is None:
        raise UsageError("the plan was never frozen", "sap/frozen.json", "freeze it by `csrbook plan freeze`")
    differing = changes(study.plan, study.root, state.freeze)
    print(said_of(study, state))
    if not differing:
        print("Plan and programs are as they were frozen.")
        return
    rows = []
    for change in differing:
        more = len(change.outputs) - SHOWN
        named = ", ".join(change.outputs[:SHOWN]) + (f" and {more} more" if more > 0 else "")
        rows.append([change.name, change.kind, named or "–"])
    head = ["Part", "Change", "Outputs that rest on it"]
    print(f"\n{tabulate(rows, headers=head, maxcolwidths=[34, None, 46], disable_numparse=True)}")


def unblind_study(folder: Path, source: str, codes: Path | None, name: str, reason: str) -> None:
    """Open the treatment codes of a transfer, or of a dry-run lock."""
    from csrbook.lock.unblind import dry_run_data, unblind
    from csrbook.pipeline.lock_summary import summary

    progress = Progress()
    study = find_study(folder)
    transfer, parent = Path(source), None
    if not transfer.is_dir():
        transfer, parent = dry_run_data(study.locks, source, study.plan)
    with progress.stage("Unblind") as note:
        lock = unblind(
            transfer,
            study.plan,
            study.root,
            study.locks,
            name=name.strip(),
            reason=reason.strip(),
            codes=codes,
            parent=parent,
        )
        note(lock.summary)
    print(summary(lock, study.plan))
    progress.say(f"Lock: {lock.id}, with the real treatment codes; parent {lock.manifest['parent'] or 'none'}")


def said_of(study: StudyFolder, state: PlanState) -> str:
    """Where the study stands."""
    blinding = study.plan.study.blinding
    kind = "blinded" if blinding is not None and not blinding.open_label else "open-label" if blinding else "not stated"
    return "\n".join([*state.lines, f"Blinding by the plan: {kind}"])
