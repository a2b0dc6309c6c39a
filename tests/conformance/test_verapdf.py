"""veraPDF is asked where it is on the path; here a stand-in gives the reports that the real one gives."""

from __future__ import annotations

import json
import shutil
import stat
import sys
from typing import TYPE_CHECKING

import pytest

from csrbook.conformance import check_folder, check_pdf, summary
from csrbook.conformance.verapdf import find_verapdf
from csrbook.errors import RenderError
from tests.conformance.conftest import BESIDE

if TYPE_CHECKING:
    from pathlib import Path

    from csrbook.conformance import Finding
    from tests.conformance.conftest import Good

STAND_IN = """#!{python}
import json, sys
from pathlib import Path
here = Path(__file__).parent
asked = json.loads((here / "asked.json").read_text()) if (here / "asked.json").exists() else []
(here / "asked.json").write_text(json.dumps([*asked, sys.argv[1:]]))
answers = json.loads((here / "answers.json").read_text())
if answers.get("instead") is not None:
    sys.exit(sys.stdout.write(answers["instead"]))
flavour = sys.argv[sys.argv.index("--flavour") + 1]
files = sys.argv[sys.argv.index("--maxfailuresdisplayed") + 2 :]
job = answers["job"].replace("REPORT", answers.get(flavour, answers["passed"]))
jobs = [job.replace("NAME", name) for name in files]
sys.stdout.write(answers["report"].replace("JOBS", "".join(jobs)))
sys.exit(1 if flavour in answers else 0)
"""

REPORT = """<?xml version="1.0" encoding="utf-8"?>
<report>
  <buildInformation>
    <releaseDetails id="core" version="1.28.1" buildDate="2025-05-19T12:11:00Z"></releaseDetails>
  </buildInformation>
  <jobs>JOBS</jobs>
  <batchSummary totalJobs="1" failedToParse="0" encrypted="0" outOfMemory="0" veraExceptions="0"></batchSummary>
</report>
"""

JOB = """<job>
  <item size="90210"><name>NAME</name></item>
  REPORT
  <duration start="1760000000000" finish="1760000001000">00:00:01.000</duration>
</job>"""

COMPLIANT = """<validationReport jobEndStatus="normal" profileName="PDF/A-2A validation profile"
  statement="PDF file is compliant with Validation Profile requirements." isCompliant="true">
  <details passedRules="153" failedRules="0" passedChecks="420814" failedChecks="0"></details>
</validationReport>"""

BROKEN = """<validationReport jobEndStatus="normal" profileName="PDF/UA-1 validation profile"
  statement="PDF file is not compliant with Validation Profile requirements." isCompliant="false">
  <details passedRules="104" failedRules="1" passedChecks="47163" failedChecks="2">
    <rule specification="ISO 14289-1:2014" clause="7.1" testNumber="3" status="failed" failedChecks="2">
      <description>Content shall be marked as Artifact or tagged as real content</description>
      <object>SESimpleContentItem</object>
      <test>isTaggedContent == true || parentsTags.contains('Artifact') == true</test>
      <check status="failed">
        <context>root/document[0]/pages[3](17 0 obj PDPage)/contentStream[0](19 0 obj)/content[8]</context>
        <errorMessage>Content is neither marked as Artifact nor tagged as real content</errorMessage>
      </check>
    </rule>
  </details>
</validationReport>"""

UNREADABLE = """<taskException type="PARSE" isExecuted="true" isSuccess="false">
  <exceptionMessage>Exception: Couldn't parse stream caused by exception: the file is cut off</exceptionMessage>
</taskException>"""


class Verapdf:
    """A stand-in on the path, and what it answers: that a file is compliant, if nothing else."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.command = folder / "verapdf"
        self.command.write_text(STAND_IN.format(python=sys.executable), "utf-8")
        self.command.chmod(self.command.stat().st_mode | stat.S_IXUSR)
        self.answer()

    def answer(self, **answers: str) -> None:
        normal = {"report": REPORT, "job": JOB, "passed": COMPLIANT}
        (self.folder / "answers.json").write_text(json.dumps({**normal, **answers}), "utf-8")

    @property
    def asked(self) -> list[list[str]]:
        return json.loads((self.folder / "asked.json").read_text("utf-8"))


@pytest.fixture
def verapdf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Verapdf:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return Verapdf(folder)


def found(findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.rule == "verapdf"]


def test_a_compliant_file_has_no_findings_and_both_standards_are_asked_for(verapdf: Verapdf, good: Good) -> None:
    assert found(check_pdf(good.path)) == []
    assert [line[line.index("--flavour") + 1] for line in verapdf.asked] == ["2a", "ua1"]
    for line in verapdf.asked:
        assert line[line.index("--format") + 1] == "xml"
        assert line[-1] == str(good.path.resolve())


def test_a_failed_rule_is_a_finding_with_its_clause_and_place(verapdf: Verapdf, good: Good) -> None:
    verapdf.answer(ua1=BROKEN)
    (finding,) = found(check_pdf(good.path))
    assert finding.where == "PDF/UA-1: ISO 14289-1:2014 7.1 3"
    said = "Content shall be marked as Artifact or tagged as real content (2 times, first at root/"
    assert finding.what.startswith(said)
    assert summary([finding])[0].startswith("good.pdf: verapdf: Content shall be marked")


def test_the_files_of_a_folder_are_asked_for_together(verapdf: Verapdf, good: Good, tmp_path: Path) -> None:
    folder = tmp_path / "version"
    (folder / "listings").mkdir(parents=True)
    for name in (BESIDE, "good.pdf", "listings/l-1.pdf"):
        shutil.copyfile(good.path, folder / name)
    verapdf.answer(ua1=BROKEN)
    assert [finding.file for finding in found(check_folder(folder))] == [BESIDE, "good.pdf", "listings/l-1.pdf"]
    assert len(verapdf.asked) == 2


def test_a_file_that_is_not_compliant_without_a_reason_is_a_finding(verapdf: Verapdf, good: Good) -> None:
    verapdf.answer(**{"2a": COMPLIANT.replace('isCompliant="true"', 'isCompliant="false"')})
    (finding,) = found(check_pdf(good.path))
    assert finding.where == "PDF/A-2a"


def test_a_file_that_cannot_be_parsed_is_a_finding(verapdf: Verapdf, good: Good) -> None:
    verapdf.answer(**{"2a": UNREADABLE})
    (finding,) = found(check_pdf(good.path))
    assert "the file is cut off" in finding.what


def test_a_file_that_the_report_does_not_speak_of_is_a_finding(verapdf: Verapdf, good: Good) -> None:
    verapdf.answer(report="<report><jobs></jobs></report>")
    assert [finding.where for finding in found(check_pdf(good.path))] == ["PDF/A-2a", "PDF/UA-1"]


@pytest.mark.parametrize("report", ["", "java.lang.OutOfMemoryError", "<report>"])
def test_no_report_is_an_error(verapdf: Verapdf, good: Good, report: str) -> None:
    verapdf.answer(instead=report)
    with pytest.raises(RenderError, match="veraPDF gave no report"):
        check_pdf(good.path)


def test_without_verapdf_the_own_rules_are_all_there_is(
    good: Good, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_verapdf() is None
    assert found(check_pdf(good.path)) == []
