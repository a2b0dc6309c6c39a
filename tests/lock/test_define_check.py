"""A define.xml in the transfer folder: what it states otherwise than the schema is a finding."""

from __future__ import annotations

from pathlib import Path

from csrbook.lock import load_schemas
from csrbook.lock.validate import validate
from tests.data.define_files import define_xml

ROOT = Path(__file__).parents[2]
SCHEMAS = load_schemas(ROOT)


def findings(transfer, plan):
    return [found for found in validate(transfer, plan, SCHEMAS).findings if found.rule == "DEFINE"]


def test_a_transfer_without_one_has_no_finding(transfer, plan):
    assert findings(transfer, plan) == []


def test_differences_are_reviewed_and_types_reject(transfer, plan):
    # The example describes one dataset with a number; here it is ADMH, and its sequence number is a text.
    text = (
        define_xml("2.1")
        .replace("ADXX", "ADMH")
        .replace('Name="AVAL" DataType="float"', 'Name="MHSEQ" DataType="text"')
    )
    (transfer / "define.xml").write_text(text, "utf-8")
    found = findings(transfer, plan)
    rejecting = [finding for finding in found if finding.rejects]
    assert [(finding.dataset, finding.count, finding.first) for finding in rejecting] == [
        ("ADMH", 1, ("MHSEQ: define.xml text, schema number",))
    ]
    missing = {
        finding.dataset for finding in found if finding.first == (f"define.xml has none, schema {finding.dataset}",)
    }
    assert missing == set(plan.study.datasets) - {"ADMH"}
    (variables,) = [f for f in found if f.dataset == "ADMH" and "variables of the schema" in f.sentence]
    assert variables.severity == "review"
    assert "SUBJID: define.xml has none, schema SUBJID" in variables.first
