"""Two ratings side by side: combinations, discordance and kappa in each column."""

from __future__ import annotations

import pytest

from csrbook.ard import Ard
from csrbook.displays.agreement_table import RatingPair, add_agreement, agreement_display
from csrbook.displays.columns import add_sizes, treatment_groups
from tests.displays.small_study import small_plan, subjects

PAIR = RatingPair(id="P", label="Lung", first="A1", second="A2", first_label="as randomised", second_label="verified",
                  levels={"Y": "Yes", "N": "No"})  # fmt: skip


def made(frame, arms: int = 2):
    groups = treatment_groups(small_plan(arms), "ITT")
    ard = Ard("T14.1.9.9", dataset="ADSL")
    add_sizes(ard, groups, groups.tally(groups.codes(frame["ARM"])))
    add_agreement(ard, frame, groups, [PAIR], 0.95)
    display = agreement_display(ard, groups, [PAIR], 0.95, "Factor")
    return ard, {row.label: row.cells for row in display.rows}, display


@pytest.mark.parametrize("arms", [2, 3, 4])
def test_combinations_and_kappa(arms):
    # arm A: YY 20, YN 5, NY 10, NN 15: observed 35/50, expected (25·30 + 25·20)/50² = .5, kappa .4
    frame = subjects("A" * 50 + "C", A1=["Y"] * 25 + ["N"] * 25 + ["Y"],
                     A2=["Y"] * 20 + ["N"] * 5 + ["Y"] * 10 + ["N"] * 15 + [""])  # fmt: skip
    frame["ARM"] = ["A"] * 50 + ["C"]
    ard, rows, display = made(frame, arms)
    assert [rows[label][0] for label in ("Yes / Yes", "Yes / No", "No / Yes", "No / No", "Discordant")] == [
        "20 (40.0)", "5 (10.0)", "10 (20.0)", "15 (30.0)", "15 (30.0)",
    ]  # fmt: skip
    assert ard.value("kappa", analysis_id="P", group1_level="A") == pytest.approx(0.4)
    assert rows["Not rated by both, n"][:2] == ("0", "1")
    # nobody in arm C has both ratings
    assert rows["Kappa (95% CI)"][1] == "NE"
    assert any("NE = not estimable" in note for note in display.footnotes)
    assert len(rows["Discordant"]) == arms + 1


def test_a_level_of_the_data_alone_is_added():
    frame = subjects("AC", A1=["Y", "U"], A2=["Y", "U"])
    frame["ARM"] = ["A", "C"]
    _, rows, _ = made(frame)
    assert rows["U / U"] == ("0", "1 (100.0)", "1 (50.0)")
