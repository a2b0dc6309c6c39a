"""Errors planted in production: the catalogue fits the source, and double programming catches a few of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from csrbook.pipeline.study import StudyFolder
from tools.mutations.catalogue import MUTATIONS
from tools.mutations.mutation import ROOT
from tools.mutations.page import page
from tools.mutations.run import trial

FEW = [m for kind in ("wrong denominator", "unstratified for stratified") for m in MUTATIONS if m.kind == kind][:2]


def test_there_are_more_than_a_hundred_of_many_kinds_in_many_files():
    assert len(MUTATIONS) > 100
    assert len({mutation.kind for mutation in MUTATIONS}) > 30
    assert len({mutation.file for mutation in MUTATIONS}) > 50
    assert len({(m.file, m.old, m.new) for m in MUTATIONS}) == len(MUTATIONS)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda m: f"{m.file}: {m.planted}")
def test_each_error_can_be_planted(mutation):
    """Its text stands in the file once: an error that cannot be planted any more would be a catch of nothing."""
    compile(mutation.source(), mutation.file, "exec")
    assert mutation.file.split("/")[0] in ("analyses", "src", "simulation")


def test_a_text_that_is_not_there_or_no_change_is_refused():
    with pytest.raises(ValueError, match="0 times"):
        replace(MUTATIONS[0], old="no such text").source()
    with pytest.raises(ValueError, match="1 times"):
        replace(MUTATIONS[0], new=MUTATIONS[0].old).source()


def test_outputs_are_those_of_the_plan():
    plan = StudyFolder(ROOT).plan
    known = {output.id for output in plan.catalogue.outputs} | set(plan.study.datasets)
    assert {name for mutation in MUTATIONS for name in mutation.outputs} <= known


def test_planted_errors_are_caught_and_sound_production_is_not():
    outputs = sorted({name for mutation in FEW for name in mutation.outputs})
    with trial(outputs) as made:
        clean = made.run(None, outputs)
        outcomes = [made.run(mutation, mutation.outputs) for mutation in FEW]
    assert not clean.caught
    assert clean.compared > 10
    assert all(outcome.differ and not outcome.errors for outcome in outcomes)
    text = page(FEW, outcomes, clean)
    assert "**2 of 2 planted errors were caught**" in text
    assert all(mutation.planted in text for mutation in FEW)
