from __future__ import annotations

import pytest

from csrbook.displays.flow import ArmFlow, consort_flow


@pytest.mark.parametrize("arms", [2, 3, 4])
def test_arms_stand_side_by_side_under_the_randomisation(arms):
    flows = [ArmFlow(name, (f"{name} (n=1)",), ("Lost (n=0)",), ("Analysed (n=1)",)) for name in "ACDE"[:arms]]
    flow = consort_flow(("Assessed (n=9)",), ("Excluded (n=5)", "  Other (n=5)"), ("Randomised (n=4)",), flows)
    place = {box.id: (box.row, box.column) for box in flow.boxes}
    assert place["assessed"] == (0, (arms - 1) / 2)
    assert place["randomised"] == (2, (arms - 1) / 2)
    assert place["excluded"][0] == 1
    assert place["excluded"][1] > place["randomised"][1]
    assert [place[f"{name}-analysis"] for name in "ACDE"[:arms]] == [(5, float(i)) for i in range(arms)]
    assert len(set(place.values())) == len(flow.boxes) == 3 + 3 * arms
    # Every box but the first is reached by exactly one arrow.
    assert sorted(edge.end for edge in flow.edges) == sorted(box.id for box in flow.boxes if box.id != "assessed")
    assert flow.stages == ((0, "Enrolment"), (3, "Allocation"), (4, "Follow-up"), (5, "Analysis"))
