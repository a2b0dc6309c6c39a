from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from csrbook.plan import json_schemas, read_yaml
from tests.plan.json_schema import errors

ROOT = Path(__file__).parents[2]
NAMES = ["study.yaml", "endpoints.yaml", "outputs.yaml"]


@pytest.mark.parametrize("name", NAMES)
def test_the_plan_fits_its_schema(name: str) -> None:
    schema = json_schemas()[name]
    assert errors(read_yaml(ROOT / "sap" / name, ROOT).data, schema, schema) == []


def test_the_schemas_refuse_what_the_plan_refuses() -> None:
    schemas = json_schemas()
    study = read_yaml(ROOT / "sap" / "study.yaml", ROOT).data
    study["noninferiority"]["margin"] = 1
    study["language"] = "fr"
    study["arms"][0]["colour"] = "blue"
    del study["sponsor"]
    assert sorted(errors(study, schemas["study.yaml"], schemas["study.yaml"])) == [
        ".arms[0]: unknown colour",
        ".language: none of ['en', 'zh']",
        ".noninferiority: fits none",
        ": no sponsor",
    ]


def test_every_process_makes_the_same_schemas() -> None:
    program = "import json; from csrbook.plan import json_schemas; print(json.dumps(json_schemas()))"
    runs = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONPATH": str(ROOT / "src"), "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1
    assert list(json.loads(runs.pop())) == NAMES
