"""Loading a study's own schemas: any study's, two at a time, and an error that tells what is wrong with them."""

from __future__ import annotations

import pytest

from csrbook.errors import UsageError
from csrbook.lock import load_schemas

MODEL = """
import pandera.pandas as pa

class ADSL(pa.DataFrameModel):
    USUBJID: str = pa.Field(title="{label}", metadata={{"kind": "text"}})
    TRTSDT: float = pa.Field(title="Start", metadata={{"kind": "date"}})

    class Config:
        name = "ADSL"
        title = "Subjects"
        unique = ["USUBJID"]

SCHEMAS = {{"ADSL": ADSL}}
"""


def study(folder, label="Subject", rules="RULES = ()"):
    (folder / "schemas").mkdir(parents=True)
    (folder / "schemas" / "__init__.py").write_text(MODEL.format(label=label))
    (folder / "schemas" / "consistency.py").write_text(rules)
    return folder


def test_two_studies_keep_their_own_schemas(tmp_path):
    one, two = load_schemas(study(tmp_path / "one", "First")), load_schemas(study(tmp_path / "two", "Second"))
    labels = [schemas.datasets["ADSL"].variables[0].label for schemas in (one, two)]
    assert labels == ["First", "Second"]
    assert one.hash != two.hash


def test_the_specification_says_what_the_model_says(tmp_path):
    specification = load_schemas(study(tmp_path)).datasets["ADSL"]
    assert (specification.name, specification.label, specification.keys) == ("ADSL", "Subjects", ("USUBJID",))
    assert specification.names == ("USUBJID", "TRTSDT")
    assert specification.of_kind("date") == ("TRTSDT",)


def test_the_hash_is_that_of_the_sources(tmp_path):
    root = study(tmp_path)
    before = load_schemas(root).hash
    (root / "schemas" / "consistency.py").write_text("RULES = ()  # other\n")
    assert load_schemas(root).hash != before


@pytest.mark.parametrize("rules", ["RULES = (", "import csrbook_nowhere", "OTHER = 1"])
def test_schemas_that_do_not_import_are_refused(tmp_path, rules):
    with pytest.raises(UsageError, match="do not import") as caught:
        load_schemas(study(tmp_path, rules=rules))
    assert caught.value.exit_code == 2


def test_a_study_without_schemas_is_refused(tmp_path):
    with pytest.raises(UsageError, match="has no schemas"):
        load_schemas(tmp_path)
