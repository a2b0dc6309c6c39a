"""Fixed words: one list for all that makes pages, and an edition in another language has no English one left."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from pypdf import PdfReader

from csrbook.languages import Translations
from csrbook.render.words import WORDS, say
from tests.render import samples
from tests.render.conftest import PLAN, ROOT, render

if TYPE_CHECKING:
    from pathlib import Path

    from tests.render.conftest import Book

TEMPLATES = sorted((ROOT / "report" / "_render").glob("*.*"))
SAID = re.compile(r"""say\((?:[\w.]*words, )?"([\w-]+)"|words(?:"\)\.|\.at\("|\[")([\w-]+)""")


def said(paths: list[Path]) -> set[str]:
    """Keys of fixed words that these files name."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in paths if path.name != "words.py")
    return {next(filter(None, groups)) for groups in SAID.findall(text)}


def test_templates_name_only_words_that_there_are() -> None:
    assert said(TEMPLATES) - {"cover-"} <= set(WORDS)
    assert {"page", "contents", "continued", "nothing", "separate"} <= said(TEMPLATES)


def test_a_word_with_places() -> None:
    assert say(WORDS, "page", x=3, y=12) == "Page 3 of 12"
    with pytest.raises(KeyError):
        say(WORDS, "no such word")


GERMAN = {
    "Page {x} of {y}": "Seite {x} von {y}",
    "Protocol {x}": "Prüfplan {x}",
    "Data cut-off {x}": "Datenschnitt {x}",
    "Source": "Quelle",
    "Program": "Programm",
    "Data lock": "Datensperre",
    "(continued)": "(Fortsetzung)",
    "Number at risk": "Unter Risiko",
    "Contents": "Inhalt",
    "List of tables": "Verzeichnis der Tabellen",
    "Table {1}": "Tabelle {1}",
    "Reading guide": "Lesehilfe",
    "Sponsor": "Auftraggeber",
    "SIMULATED DATA": "SIMULIERTE DATEN",
    "All": "Alle",
    "Set": "Menge",
    "Age (years)": "Alter (Jahre)",
}


@pytest.fixture(scope="module")
def german(tmp_path_factory: pytest.TempPathFactory) -> tuple[Book, Translations]:
    translations = Translations("de", GERMAN)
    folder = tmp_path_factory.mktemp("german") / "project"
    return render(folder, samples.catalogue(), plan=PLAN, translations=translations), translations


def test_each_page_of_an_output_has_its_furniture_in_the_language(german: tuple[Book, Translations]) -> None:
    book, _ = german
    for name in book.displays:
        for number in book.pages_of(name):
            text = book.texts[number]
            assert re.search(r"Seite \d+ von \d+", text), name
            assert "Prüfplan 2020-KY-140" in text
            assert "SIMULIERTE DATEN · Datenschnitt 15JAN2026" in text
            assert "Programm:" in text
            assert "Datensperre: sha256:9f3c" in text
            assert not re.search(r"Page \d|Protocol 2020|cut-off|Source:|Program:|Data lock|\(continued\)", text), name
    assert "Quelle: ADaM." in book.text_of("T14.1.3.1")
    assert "Unter Risiko" in book.text_of("F14.2.1.4")
    assert "(Fortsetzung)" in "".join(book.texts)


def test_contents_titles_and_bookmarks_are_in_the_language(german: tuple[Book, Translations]) -> None:
    book, _ = german
    assert any("Inhalt" in text and "Tabelle 14.1.3.1" in text for text in book.texts)
    assert any("Verzeichnis der Tabellen" in text for text in book.texts)
    marks = json.dumps(titles(PdfReader(book.path).outline), ensure_ascii=False)
    assert "Tabelle 14.1.3.1" in marks
    assert "Alter (Jahre)" in book.visible_of("T14.1.3.1")
    assert PdfReader(book.path).trailer["/Root"]["/Lang"] == "de"


def titles(outline: Any) -> list[Any]:
    return [titles(item) if isinstance(item, list) else str(item["/Title"]) for item in outline]


def test_what_has_no_translation_is_told_and_stays(german: tuple[Book, Translations]) -> None:
    book, translations = german
    assert "Age group, n (%)" in translations.missing
    assert "T14.1.3.1 label" in translations.missing["Age group, n (%)"]
    assert "Age group, n (%)" in book.visible_of("T14.1.3.1")
    assert not set(GERMAN) & set(translations.missing)


@pytest.mark.skipif(not samples.chinese_font(), reason="needs a Chinese font")
def test_a_chinese_edition(tmp_path: Path) -> None:
    chinese = {
        "Page {x} of {y}": "第{x}页，共{y}页",
        "Table {1}": "表 {1}",
        "Age (years)": "年龄 (岁)",
        "Source": "来源",
    }
    book = render(tmp_path / "p", samples.catalogue(), translations=Translations("zh", chinese))
    text = book.text_of("T14.1.3.1")
    assert all(part in text for part in ("第1页，共", "表 14.1.3.1", "年龄 (岁)", "来源：ADaM.ADSL。"))
    assert "年龄" in book.visible_of("T14.1.3.1")
    fonts = {str(font.get_object()["/BaseFont"]) for page in PdfReader(book.path).pages
             for font in page["/Resources"].get("/Font", {}).values()}  # fmt: skip
    assert any("CJK" in name or "Song" in name or "Hei" in name for name in fonts)
