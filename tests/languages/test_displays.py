"""Displays and tables of the plan: words are translated, records and identifiers are not."""

from __future__ import annotations

from typing import Any

import pytest

from csrbook.languages import Translations, translate_display, translate_plan, translate_texts
from csrbook.render.words import WORDS, say
from tests.render import charts, samples


class Marked(dict[str, str]):
    """A language that marks what was translated: a translation of every key."""

    def get(self, key: str, default: Any = None) -> Any:
        return f"〔{key}〕"


@pytest.fixture
def marked() -> Translations:
    return Translations("zh", Marked())


CATALOGUE = {display["id"]: display for display in samples.catalogue()}
IDENTIFIERS = ("schema", "id", "anchor", "kind", "sources", "program", "protocol", "data_cutoff", "lock", "columns")


@pytest.mark.parametrize("name", CATALOGUE)
def test_identifiers_stay_and_titles_change(name: str, marked: Translations) -> None:
    display = CATALOGUE[name]
    done = translate_display(display, marked)
    assert {key: done[key] for key in IDENTIFIERS} == {key: display[key] for key in IDENTIFIERS}
    assert set(done) == set(display)
    assert done["language"] == "zh"
    assert done["title"].startswith("〔")
    assert done["number"].startswith("〔")
    assert all(note.startswith("〔") for note in done["footnotes"])


@pytest.mark.parametrize("name", [name for name, display in CATALOGUE.items() if display["kind"] == "listing"])
def test_records_of_listings_stay(name: str, marked: Translations) -> None:
    done = translate_display(CATALOGUE[name], marked)
    assert done["rows"] == CATALOGUE[name]["rows"]
    assert all(cell["text"].startswith("〔") for row in done["header"] for cell in row if cell["text"])


def test_labels_and_cells_of_tables_change(marked: Translations) -> None:
    display = CATALOGUE["T14.1.3.1"]
    rows = translate_display(display, marked)["rows"]
    assert [row["label"] for row in rows] == [f"〔{row['label']}〕" for row in display["rows"]]
    assert [row["indent"] for row in rows] == [row["indent"] for row in display["rows"]]


def strings(content: Any) -> list[tuple[str, str]]:
    """Every string of a figure with the name of its field."""
    if isinstance(content, dict):
        return [pair if pair[0] else (key, pair[1]) for key, value in content.items() for pair in strings(value)]
    if isinstance(content, list | tuple):
        return [pair for item in content for pair in strings(item)]
    return [("", content)] if isinstance(content, str) and content else []


UNPRINTED = {"type", "mark", "marker", "axis", "inset_at", "id", "start", "end", "align"}
CHARTS = [samples.content(f"F14.9.{i}", chart) for i, chart in enumerate(charts.CHARTS.values())]
FIGURES = [*(d for d in CATALOGUE.values() if d["kind"] == "figure"), *CHARTS]


@pytest.mark.parametrize("display", FIGURES, ids=lambda display: display["id"])
def test_every_string_of_a_figure_is_printed_and_translated_or_neither(display: Any, marked: Translations) -> None:
    done = strings(translate_display(display, marked)["figure"])
    assert {name for name, text in done if not text.startswith("〔")} <= UNPRINTED
    assert not {name for name, text in done if text.startswith("〔")} & UNPRINTED


def test_the_plan_keeps_its_layout_and_what_nobody_names(marked: Translations) -> None:
    table = {"caption": "Sets", "columns": [{"width": 1}], "header": ["Set"], "rows": [["All"]]}
    plan = {"values": {"a.label": "All patients", "a.flag": "ITTFL"}, "tables": {"sets": table, "other": table}}
    done = {**table, "caption": "〔Sets〕", "header": ["〔Set〕"], "rows": [["〔All〕"]]}
    assert translate_plan(plan, marked, {"a.label", "sets"}) == {
        "values": {"a.label": "〔All patients〕", "a.flag": "ITTFL"},
        "tables": {"sets": done, "other": table},
    }


def test_fixed_words_keep_their_places() -> None:
    words = translate_texts(WORDS, Translations("zh", {"Page {x} of {y}": "第{x}页，共{y}页"}), "fixed word")
    assert say(words, "page", x=2, y=5) == "第2页，共5页"
    assert say(words, "contents") == "Contents"
