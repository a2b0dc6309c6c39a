"""Which outputs depart from the plan that was frozen before the treatment codes were known."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from csrbook.lock import LockedData
    from csrbook.pipeline.study import StudyFolder
    from csrbook.plan.freeze import Change

__all__ = ["NOT_FROZEN", "frozen_plan", "post_hoc_outputs"]

NOT_FROZEN = "plan not frozen"


def frozen_plan(study: StudyFolder) -> str:
    """The freeze in force, as a manifest names it."""
    from csrbook.lock.blinding import plan_state

    state = plan_state(study.root, study.locks)
    return NOT_FROZEN if state.freeze is None else f"version {state.version}, {state.freeze.hash}"


def post_hoc_outputs(study: StudyFolder, data: LockedData) -> dict[str, list[str]]:
    """In what each output departs from the frozen plan, by id; without those that do not.

    Nothing is post hoc on simulated data and on dummy codes, nor where the plan was never frozen.

    Parameters
    ----------
    study : StudyFolder
        The plan and the programs as they are.
    data : LockedData
        The lock that the outputs are made from.

    Raises
    ------
    IntegrityError
        The plan under which the data were locked is no longer among the frozen ones.
    """
    from csrbook.lock.blinding import plan_state, require_frozen_record
    from csrbook.plan.freeze import changes

    require_frozen_record(data.manifest, study.root)
    freeze = plan_state(study.root, study.locks).freeze
    if freeze is None or data.manifest["origin"] == "simulated" or data.manifest["treatment_codes"] == "dummy":
        return {}
    reasons: dict[str, list[str]] = {}
    for change in changes(study.plan, study.root, freeze):
        for name in change.outputs:
            reasons.setdefault(name, []).append(_reason(change, name))
    return {output.id: reasons[output.id] for output in study.plan.catalogue.outputs if output.id in reasons}


def _reason(change: Change, output: str) -> str:
    """Such as ``its program was changed``."""
    own = {f"output {output}": "its row in the plan", f"program of {output}": "its program"}
    verb = "is new" if change.kind == "new" else f"was {change.kind}"
    return f"{own.get(change.name, change.name)} {verb}"
