"""The README's walk through a database lock: each of its commands, in its order, on the blinded second study."""

from __future__ import annotations

import json
import re
import shlex

import pandas as pd
import pypdf
import pytest
from typer.testing import CliRunner

from csrbook.cli import app
from csrbook.lock.blinding import plan_state

from .second_study import copy_second_study, write_codes, write_received
from .studies import ROOT, own_modules

pytestmark = pytest.mark.xdist_group("readme_lock")

README = ROOT / "README.md"
SECTION = "## Database lock"
PLACES = ("DRYRUN", "LOCK", "NEWLOCK")


def commands(text):
    """The lines of the section's code blocks."""
    section = text.split(f"\n{SECTION}\n")[1].split("\n## ")[0]
    return [
        line
        for block in re.findall(r"^```\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
        for line in block.splitlines()
    ]


class Walk:
    """What the commands printed, and the locks that they made, by the README's names for them."""

    def __init__(self, folder):
        self.folder = folder
        self.said = {}
        self.locks = {}

    def run(self, line):
        program, *arguments = shlex.split(line)
        assert program == "csrbook"
        done = CliRunner().invoke(app, [self.locks.get(word, word) for word in arguments])
        assert done.exit_code == 0, f"{line}\n{done.output}\n{done.exception}"
        self.said[line] = done.output
        made = {path.name for path in (self.folder / "locks").glob("L*")} - set(self.locks.values())
        if made:
            (name,) = made
            self.locks[PLACES[len(self.locks)]] = name
        if line.startswith("csrbook keys new"):
            self.take_over_key()

    def take_over_key(self):
        """Put the printed lines into the plan, as the README says."""
        (output,) = self.said.values()
        study = self.folder / "sap" / "study.yaml"
        study.write_text(study.read_text("utf-8") + output[output.index("signatories:") :], "utf-8")

    def output(self, start):
        (text,) = [said for line, said in self.said.items() if line.startswith(start)]
        return text

    def manifest(self, place):
        return json.loads((self.folder / "locks" / self.locks[place] / "manifest.json").read_text("utf-8"))

    def pages(self, place):
        path = self.folder / "outputs" / self.locks[place] / "v001" / "csr-appendix.pdf"
        return [" ".join(page.extract_text().split()) for page in pypdf.PdfReader(path).pages]


@pytest.fixture(scope="module")
def walk(tmp_path_factory):
    """The walk, done in a copy of the second study with a transfer, a corrected one, and the codes."""
    folder = copy_second_study(tmp_path_factory.mktemp("readme") / "study")
    write_received(folder / "data" / "transfer-1", codes=False)
    second = write_received(folder / "data" / "transfer-2", codes=False)
    adsl = pd.read_parquet(second / "adsl.parquet")
    adsl.loc[3, "AGE"] += 1.0
    adsl.to_parquet(second / "adsl.parquet", index=False)
    write_codes(folder / "data" / "treatment-codes.csv")
    walk = Walk(folder)
    with pytest.MonkeyPatch.context() as patch, own_modules():
        patch.chdir(folder)
        patch.setenv("PYTHONPATH", str(ROOT / "src"))
        patch.setenv("CSRBOOK_PASSPHRASE", "")
        for line in commands(README.read_text("utf-8")):
            walk.run(line)
    return walk


def test_the_walk_has_each_step(walk):
    steps = ["plan freeze", "lock data/transfer-1 --dry-run", "unblind", "sign", "verify", "render --lock", "lock diff"]
    lines = list(walk.said)
    places = [next(n for n, line in enumerate(lines) if line.startswith(f"csrbook {step}")) for step in steps]
    assert places == sorted(places)
    assert list(walk.locks) == list(PLACES)


def test_the_dry_run_s_pages_say_so_and_the_final_ones_do_not(walk):
    assert all("DRY RUN – DUMMY TREATMENT CODES" in page for page in walk.pages("DRYRUN")[2:])
    assert not any("DRY RUN" in page or "POST HOC" in page for page in walk.pages("LOCK"))
    assert "Plan and programs are as they were frozen." in walk.output("csrbook plan diff")


def test_the_lock_names_its_dry_run_the_freeze_and_the_real_codes(walk):
    manifest = walk.manifest("LOCK")
    assert manifest["parent"] == walk.locks["DRYRUN"]
    assert (walk.manifest("DRYRUN")["treatment_codes"], manifest["treatment_codes"]) == ("dummy", "real")
    assert manifest["plan_frozen"]["version"] == 1
    assert walk.manifest("NEWLOCK")["parent"] == walk.locks["LOCK"]


def test_it_is_signed_and_verified(walk):
    said = walk.output("csrbook verify")
    assert "signed by R. Fisher" in said
    assert "intact" in said


def test_the_difference_of_the_two_locks_is_the_one_correction(walk):
    said = walk.output("csrbook lock diff")
    assert re.search(r"^ADSL +changed +USUBJID=ZP-004 +AGE ", said, re.MULTILINE)
    assert len(re.findall(r"^AD\w+ +(changed|added|removed)", said, re.MULTILINE)) == 1


def test_the_study_ends_unblinded_and_the_trail_tells_it_all(walk):
    assert "State: unblinded" in walk.output("csrbook status")
    events = re.findall(
        r"^ *\d+ +\S+ +\S+ +(plan freeze|unblind|sign|unlock|lock)\b", walk.output("csrbook audit"), re.MULTILINE
    )
    assert [event for event in events if event != "lock"] == ["plan freeze", "unblind", "sign", "unlock", "sign"]
    assert plan_state(walk.folder, walk.folder / "locks").version == 1
