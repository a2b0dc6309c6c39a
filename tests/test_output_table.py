from __future__ import annotations

import re

from csrbook.pipeline.study import StudyFolder
from tools.output_table import ROOT, main, naming_tests, page


def test_every_output_has_one_row_with_its_program():
    outputs = StudyFolder(ROOT).plan.catalogue.outputs
    assert len(_rows()) == len(outputs)
    for output, line in zip(outputs, _rows(), strict=True):
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        assert cells[:2] == [output.id, output.title]
        assert cells[2] == (f"`{output.program.removeprefix('analyses/')}`" if output.program else "not yet")


def _rows():
    return [line for line in page().splitlines() if re.match(r"\| [TFLD]\d", line)]


def test_double_programming_is_that_of_the_room_of_the_second_programmer():
    (row,) = [line for line in _rows() if line.startswith("| T14.2.1.1 ")]
    *_, second, libraries, end = [cell.strip() for cell in row.split("|")]
    assert second.startswith("`primary/noninferiority.py`")
    assert "statsmodels" in libraries
    assert end == ""


def test_tests_are_found_by_the_whole_number_of_an_output(tmp_path):
    for room in ("analyses", "qc", "plan"):
        (tmp_path / room).mkdir()
    (tmp_path / "analyses" / "test_a.py").write_text('run("T14.1.1.1"); run("T14.1.1.12"); "xT14.9.9"\n')
    (tmp_path / "qc" / "test_b.py").write_text("# F14.2.1.4 and T14.1.1.1\n")
    (tmp_path / "plan" / "test_c.py").write_text("T14.1.1.1")
    assert naming_tests(tmp_path) == {
        "T14.1.1.1": ["analyses/test_a.py", "qc/test_b.py"],
        "T14.1.1.12": ["analyses/test_a.py"],
        "F14.2.1.4": ["qc/test_b.py"],
    }


def test_a_page_that_is_out_of_date_is_told(tmp_path, capsys):
    target = tmp_path / "outputs.md"
    assert main(["--check", str(target)]) == 1
    assert main(["--write", str(target)]) == 0
    assert main(["--check", str(target)]) == 0
    target.write_text(target.read_text("utf-8") + "\n", "utf-8")
    assert main(["--check", str(target)]) == 1
    assert "out of date" in capsys.readouterr().err
