"""Recomputes the table of superiority, which is tested in the sequence of the decision's table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qc.contract import as_frame, members, subjects
from qc.primary.decision import decision_rows

if TYPE_CHECKING:
    import pandas as pd

    from csrbook.plan.models import Output, Plan
    from qc.contract import Data

__all__ = ["recompute"]


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of the table: the columns' subjects and the whole decision, whose verdicts it quotes."""
    chosen = output.population[0]
    head = subjects(plan, chosen, members(data, plan, chosen))
    return as_frame(output, [*head, *decision_rows(data, output, plan)])
