"""HTML files against the display JSON, and what a screen reader needs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from csrbook.render.single.html import html
from tests.render import samples
from tests.render.single import displays
from tests.render.single.displays import HOSTILE, body_texts, header_texts, seen, sheet_of, trimmed
from tests.render.single.readers import Html

if TYPE_CHECKING:
    from pathlib import Path

SVG = (
    '<svg viewBox="0 0 728.5 322.5" width="728.5pt" height="322.5pt" xmlns="http://www.w3.org/2000/svg" '
    'xmlns:xlink="http://www.w3.org/1999/xlink"><defs><symbol id="g1"><path d="M 0 0"/></symbol></defs>'
    '<g clip-path="url(#g1)"><use xlink:href="#g1" x="0"/></g></svg>'
)


def written(display: dict[str, Any], folder: Path, drawings: int = 0, **words: str) -> str:
    return "".join(html(sheet_of(display, folder, **words), [SVG] * drawings))


LISTING = samples.content("L16.2.7.1", samples.listing(20))


@pytest.mark.parametrize("make", [*displays.ALL, lambda: LISTING])
def test_all_rows_stand_there_in_order(make: Any, tmp_path: Path) -> None:
    display = make()
    rows = Html(written(display, tmp_path)).rows()
    assert [trimmed(row.cells) for row in rows if not row.header] == body_texts(display)
    assert [text for row in rows if row.header for text in row.cells if text] == header_texts(display)


@pytest.mark.parametrize("make", displays.ALL)
def test_title_footnotes_and_identification_stand_there(make: Any, tmp_path: Path) -> None:
    display = make()
    page = Html(written(display, tmp_path))
    name = f"{display['number']} {seen(display['title'])}"
    assert [text for _, text in page.named("h1")] == [name]
    assert [text for _, text in page.named("title")] == [f"{name}, 2020-KY-140"]
    caption = page.named("caption")[0][1]
    assert caption == f"{name}. {seen(display['population'])}"
    shown = [text for _, text in page.named("p")]
    notes = [*map(seen, display["footnotes"]), "Source: ADaM.ADSL."]
    assert shown[shown.index(notes[0]) :][: len(notes)] == notes
    assert f"Program: {seen(display['program'])}" in [text for _, text in page.named("li")]
    assert "SIMULATED DATA · Data cut-off 15JAN2026" in shown
    assert seen(display["section"]) in shown


def test_nothing_of_the_data_becomes_an_element_a_comment_or_an_address(tmp_path: Path) -> None:
    page = Html(written(displays.hostile(), tmp_path))
    plain = Html(written(displays.spanned(), tmp_path))
    assert {tag for tag, _, _ in page.elements} <= {tag for tag, _, _ in plain.elements}
    assert not page.comments
    for _, attributes, _ in page.elements:
        assert not {"src", "href", "srcdoc", "action"} & set(attributes)
        assert not [name for name in attributes if name.startswith("on")]


def test_the_file_is_whole_in_itself(tmp_path: Path) -> None:
    text = written(displays.hostile_figure(), tmp_path, drawings=1)
    page = Html(text)
    assert "<script" not in text
    assert "@import" not in text
    assert not re.search(r"url\((?!#)", text)
    policy = next(a["content"] for a, _ in page.named("meta") if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'")


def test_headers_of_cells_exist_and_are_those_over_and_beside_them(tmp_path: Path) -> None:
    page = Html(written(displays.spanned(), tmp_path))
    texts = {a["id"]: text for tag in ("th", "td") for a, text in page.named(tag) if "id" in a}
    headers = {
        text: [texts[name] for name in a["headers"].split()] for a, text in page.named("td") if "headers" in a and text
    }
    assert headers["107 (65.6)"] == ["Arm", "A\n(N=163)", "Patients"]
    assert headers["<0.001"] == ["Arm", "B\n(N=9)", "Age", "Young", "Mean"]
    assert headers["x"] == ["Remark", "Patients"]
    scopes = {text: a["scope"] for a, text in page.named("th")}
    assert scopes["Arm"] == "colgroup"
    assert scopes["Remark"] == "col"
    assert scopes["Age"] == scopes["Uncoded"] == "rowgroup"
    assert scopes["Young"] == "row"
    assert len(page.named("tbody")) == 3


def test_identifiers_come_once(tmp_path: Path) -> None:
    for display, drawings in ((displays.spanned(), 0), (displays.hostile_figure(), 3)):
        page = Html(written(display, tmp_path, drawings))
        names = [a["id"] for _, a, _ in page.elements if "id" in a]
        assert len(names) == len(set(names))
        wanted = [
            name
            for _, a, _ in page.elements
            for key in ("aria-labelledby", "aria-describedby", "headers")
            for name in (a.get(key) or "").split()
        ]
        wanted += [a["xlink:href"].removeprefix("#") for _, a, _ in page.elements if "xlink:href" in a]
        wanted += [a["clip-path"][5:-1] for _, a, _ in page.elements if "clip-path" in a]
        assert set(wanted) <= set(names)


def test_a_figure_is_named_and_described_for_all(tmp_path: Path) -> None:
    page = Html(written(displays.hostile_figure(), tmp_path, drawings=2))
    drawings = page.named("svg")
    assert [a["role"] for a, _ in drawings] == ["img", "img"]
    assert {a["aria-describedby"] for a, _ in drawings} == {"description"}
    ((attributes, caption),) = page.named("figcaption")
    assert attributes["id"] == "description"
    assert caption == seen(" ".join(HOSTILE))
    names = [text for a, text in page.named("title") if a.get("id")]
    assert names == [f"Figure 14.2.1.4 {seen(HOSTILE[0])} ({i}/2)" for i in (1, 2)]


def test_language_and_fixed_words_are_those_of_the_edition(tmp_path: Path) -> None:
    display = {**displays.spanned(), "language": "zh", "title": "人口学特征"}
    page = Html(written(display, tmp_path, source="数据来源：{x}。", lock="数据锁：{x}"))
    assert page.named("html")[0][0]["lang"] == "zh-CN"
    assert "数据来源：ADaM.ADSL。" in [text for _, text in page.named("p")]
    assert "数据锁：sha256:9f3c1e7ab02d" in [text for _, text in page.named("li")]


def test_numbers_are_lined_up_without_a_change_of_their_text(tmp_path: Path) -> None:
    text = written(displays.spanned(), tmp_path)
    assert 'padding-left:2.00ch">7 <span style="letter-spacing:1.00ch">(</span>4.3)</span>' in text


def test_empty_headers_are_no_headers(tmp_path: Path) -> None:
    page = Html(written(samples.content("T14.2.1.1", samples.estimates()), tmp_path))
    assert all(text.strip() for _, text in page.named("th"))
