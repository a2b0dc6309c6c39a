"""Outputs programmed or changed after unblinding: marked on the page and in the manifest; all others are not."""

from __future__ import annotations

import json

import pypdf
import pytest

from csrbook.displays.model import identity, page_status
from csrbook.errors import IntegrityError
from csrbook.lock import create_lock, open_lock
from csrbook.lock.blinding import freeze_plan
from csrbook.lock.unblind import unblind
from csrbook.pipeline.post_hoc import frozen_plan, post_hoc_outputs
from csrbook.pipeline.progress import Progress
from csrbook.pipeline.render import lock_identity, render_lock
from csrbook.pipeline.run import choose_outputs, run_outputs
from csrbook.pipeline.study import find_study
from tests.displays.small_study import row, small_plan

from .second_study import copy_second_study, write_codes, write_received
from .studies import own_modules

pytestmark = pytest.mark.xdist_group("post_hoc")

NOTE = "Post hoc: not as in the plan that was frozen before unblinding"
WHO = {"name": "R. Fisher", "reason": "Database lock"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The blinded study with a transfer without codes, and their file beside it."""
    folder = copy_second_study(tmp_path_factory.mktemp("post-hoc") / "study")
    write_received(folder / "data" / "blinded", codes=False)
    write_codes(folder / "data" / "codes.csv")
    with own_modules():
        yield folder


def lock(folder, **options):
    study = find_study(folder)
    made = create_lock(folder / "data" / "blinded", study.plan, study.root, study.locks, **options)
    return study, open_lock(made.path, study.plan)


def edit(path, old, new):
    text = path.read_text("utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), "utf-8")


@pytest.fixture(scope="module")
def dry_run(folder):
    """Displays of a dry run before the freeze, and what is said of the plan then."""
    study, data = lock(folder, dry_run=True)
    marked, said = post_hoc_outputs(study, data), frozen_plan(study)
    outputs = choose_outputs(study, ["T14.1.1"])
    return marked, said, run_outputs(study, data, lock_identity(data), outputs, post_hoc=marked).displays


@pytest.fixture(scope="module")
def unblinded(folder, dry_run):
    """The study and its lock right after unblinding."""
    study = find_study(folder)
    freeze_plan(study.plan, study.root, study.locks, "R. Fisher")
    made = unblind(
        folder / "data" / "blinded", study.plan, study.root, study.locks, codes=folder / "data" / "codes.csv", **WHO
    )
    return study, open_lock(made.path, study.plan)


@pytest.fixture(scope="module")
def changed(folder, unblinded):
    """Of four outputs one row and one program changed after unblinding; locked and rendered again."""
    assert post_hoc_outputs(*unblinded) == {}
    edit(folder / "sap" / "outputs.yaml", "grid: 2}", "grid: 3}")
    listing = folder / "analyses" / "event_listing.py"
    listing.write_text(listing.read_text("utf-8") + "\nMORE = 1\n", "utf-8")
    study, data = lock(folder, codes=folder / "data" / "codes.csv")
    published = render_lock(study, data, "embedded", Progress()).published
    return study, data, published.folder


def display(version, output):
    return json.loads((version / "results" / f"{output}.json").read_text("utf-8"))


def test_a_dry_run_says_so_and_marks_nothing(dry_run):
    marked, said, displays = dry_run
    assert (marked, said) == ({}, "plan not frozen")
    assert displays["T14.1.1"]["status"] == "DRY RUN – DUMMY TREATMENT CODES"


def test_the_manifest_names_what_departs_from_the_frozen_plan_and_in_what(changed):
    _, data, version = changed
    made_from = json.loads((version / "manifest.json").read_text("utf-8"))["made_from"]
    assert made_from["post_hoc"] == {
        "F14.2.1": ["its row in the plan was changed"],
        "L16.2.7": ["its program was changed"],
    }
    assert made_from["treatment_codes"] == "real"
    assert made_from["plan_frozen"] == f"version 1, {data.manifest['plan_frozen']['record']}"


def test_its_pages_say_so_and_those_of_the_others_do_not(changed):
    version = changed[2]
    pages = [" ".join(page.extract_text().split()) for page in pypdf.PdfReader(version / "csr-appendix.pdf").pages]
    for output, title in (
        ("F14.2.1", "Kaplan–Meier Plot of the Time to First Exacerbation"),
        ("L16.2.7", "Listing of Adverse Events"),
    ):
        (page,) = [page for page in pages if f"{title} (POST HOC)" in page and f" {output} " in page]
        assert NOTE in page
    assert sum(NOTE in page for page in pages) == 2
    assert not any("DRY RUN" in page for page in pages)
    for output in ("T14.1.1", "T14.3.1"):
        shown = display(version, output)
        assert "POST HOC" not in shown["title"]
        assert not any(note.startswith("Post hoc") for note in shown["footnotes"])


def test_a_new_row_and_a_new_program_are_post_hoc(folder, changed):
    new = "\n  - {id: T14.1.2, title: Again, population: [FAS], datasets: [ADSL], method: Counts, reader_checks: N, "
    new += "program: analyses/demography.py, parameters: {variables: []}}\n"
    path = folder / "sap" / "outputs.yaml"
    before = path.read_text("utf-8")
    try:
        path.write_text(before.rstrip() + new, "utf-8")
        study, data = find_study(folder), changed[1]
        assert post_hoc_outputs(study, data)["T14.1.2"] == ["its row in the plan is new", "its program is new"]
    finally:
        path.write_text(before, "utf-8")


def test_the_footnotes_of_the_plan_come_first(changed):
    notes = display(changed[2], "F14.2.1")["footnotes"]
    assert notes[0].startswith("A month is")
    assert notes[1] == f"{NOTE} (its row in the plan was changed)."


def test_a_lock_whose_frozen_plan_is_gone_makes_no_pages(folder, changed):
    study, data, _ = changed
    path = folder / "sap" / "frozen.json"
    kept = path.read_bytes()
    path.unlink()
    try:
        with pytest.raises(IntegrityError, match="the frozen plan, version 1"):
            post_hoc_outputs(study, data)
    finally:
        path.write_bytes(kept)


@pytest.mark.parametrize(
    ("simulated", "dummy", "expected"),
    [
        (False, False, "TEST"),
        (True, False, "SIMULATED DATA"),
        (False, True, "DRY RUN – DUMMY TREATMENT CODES"),
        (True, True, "SIMULATED DATA · DRY RUN – DUMMY TREATMENT CODES"),
    ],
)
def test_what_data_are_not_goes_before_the_status_of_the_plan(simulated, dummy, expected):
    assert page_status(small_plan(), simulated=simulated, dummy=dummy) == expected


def test_an_identity_without_departures_is_that_of_the_plan():
    plan = small_plan()
    about = identity(row(), plan, lock="x", data_cutoff="01JAN2026", simulated=False)
    assert (about.title, about.footnotes) == ("A table", ())
