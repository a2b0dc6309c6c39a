from __future__ import annotations

import re

from .studies import ROOT, succeed


def test_help_names_every_command_that_the_readme_names():
    readme = (ROOT / "README.md").read_text("utf-8")
    documented = set(re.findall(r"^\| `csrbook (\w+)", readme, re.MULTILINE))
    said = succeed("--help", cwd=ROOT)
    shown = set(re.findall(r"^  (\w+)  ", said.split("Commands:")[1], re.MULTILINE))
    assert shown == documented


def test_status_counts_the_whole_catalogue():
    said = succeed("status", cwd=ROOT)
    assert re.search(r"^All +110 +17 +2$", said, re.MULTILINE)


def test_check_passes_on_the_trial():
    said = succeed("check", cwd=ROOT)
    assert "17 outputs placed in order" in said
