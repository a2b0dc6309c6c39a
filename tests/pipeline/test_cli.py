from __future__ import annotations

import errno
import re

import pytest

from csrbook import __main__, cli, environment

from .studies import ROOT, succeed


def test_help_names_every_command_that_the_readme_names():
    readme = (ROOT / "README.md").read_text("utf-8")
    documented = set(re.findall(r"^\| `csrbook (\w+)", readme, re.MULTILINE))
    said = succeed("--help", cwd=ROOT)
    shown = set(re.findall(r"^  (\w+)  ", said.split("Commands:")[1], re.MULTILINE))
    assert shown == documented


def test_status_counts_the_whole_catalogue():
    said = succeed("status", cwd=ROOT)
    programmed = (ROOT / "sap" / "outputs.yaml").read_text("utf-8").count("\n    program: ")
    assert re.search(rf"^All +110 +{programmed} +{programmed}$", said, re.MULTILINE)


def test_no_line_of_status_is_wider_than_a_terminal():
    said = succeed("status", "--all", cwd=ROOT)
    assert "T14.2.1.1" in said
    assert max(map(len, said.splitlines())) <= 100


def test_the_list_of_commands_is_not_cut_off():
    assert "..." not in succeed("--help", cwd=ROOT).split("Commands:")[1]


def test_what_the_machine_refuses_is_told_in_three_parts(monkeypatch, capsys):
    def full():
        raise OSError(errno.ENOSPC, "No space left on device", "outputs/x")

    monkeypatch.setattr(cli, "app", full)
    monkeypatch.setattr(environment, "fix", lambda: None)
    with pytest.raises(SystemExit) as end:
        __main__.main()
    assert end.value.code == 1
    said = capsys.readouterr().err
    assert "No space left on device" in said
    assert "where:  outputs/x" in said
    assert "to do:" in said


def test_a_fault_of_the_program_keeps_its_traceback(monkeypatch):
    def broken():
        raise FileNotFoundError(errno.ENOENT, "No such file or directory", "x")

    monkeypatch.setattr(cli, "app", broken)
    monkeypatch.setattr(environment, "fix", lambda: None)
    with pytest.raises(FileNotFoundError):
        __main__.main()


def test_check_passes_on_the_trial():
    said = succeed("check", cwd=ROOT)
    assert "110 outputs placed in order" in said
