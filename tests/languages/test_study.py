"""The study's Chinese edition is complete for its plan and its documents; what the data bring needs a run."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest

from csrbook.displays.model import DRY_RUN, POST_HOC, SIMULATED, identity
from csrbook.displays.plan_document import plan_document
from csrbook.double_programming.checks import STATUS, page_text
from csrbook.languages import (
    Translations,
    documents_to_translate,
    load_translations,
    named_texts,
    read_catalogue,
    translate_document,
    translate_plan,
    translate_texts,
)
from csrbook.languages.keys import faults
from csrbook.pipeline.appendix import placed_tables
from csrbook.pipeline.pages import edition_of
from csrbook.pipeline.run import LockIdentity
from csrbook.pipeline.study import StudyFolder, find_study
from csrbook.render.words import WORDS

ROOT = Path(__file__).parents[2]
ENGINE = ROOT / "src" / "csrbook" / "languages" / "zh.po"
STUDY = ROOT / "translations" / "zh.po"
LOCK = LockIdentity(hash="sha256:" + "0" * 64, cutoff_day=0, simulated=True)
PRINTED = ("number", "title", "population", "section", "sponsor")


@pytest.fixture(scope="module")
def study() -> StudyFolder:
    return find_study(ROOT)


@pytest.fixture
def chinese() -> Translations:
    return load_translations("zh", ROOT)


def test_fixed_words_and_what_every_page_may_say(study: StudyFolder, chinese: Translations) -> None:
    translate_texts(WORDS, chinese, "fixed word")
    translate_texts({name: page_text(name) for name in STATUS}, chinese, "double programming")
    translate_texts({name: name for name in (SIMULATED, DRY_RUN, POST_HOC)}, chinese, "status")
    texts = asdict(edition_of(study.plan, LOCK))
    del texts["language"]
    translate_texts(texts, chinese, "edition")
    assert list(chinese.missing) == []


def test_the_catalogue_of_outputs(study: StudyFolder, chinese: Translations) -> None:
    for output in study.plan.catalogue.outputs:
        about = asdict(identity(output, study.plan, lock=LOCK.hash, data_cutoff="01JAN1960", simulated=True))
        translate_texts({name: about[name] for name in PRINTED}, chinese, output.id)
        for note in about["footnotes"]:
            chinese.text(note, f"{output.id} footnote")
    assert list(chinese.missing) == []


def test_the_plan_and_the_prose(study: StudyFolder, chinese: Translations) -> None:
    paths = sorted(path for room in ("sap", "report") for path in (ROOT / room).glob("*.qmd"))
    sources = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in paths}
    named: set[str] = set()
    for name in documents_to_translate(sources):
        translate_document(sources[name], chinese, name)
        named |= named_texts(sources[name])
    translate_plan(plan_document(study.plan, placed_tables(study)), chinese, named)
    assert list(chinese.missing) == []


def test_the_words_of_the_engine_stand_in_the_engine() -> None:
    engine = Translations("zh", read_catalogue(ENGINE))
    translate_texts(WORDS, engine, "fixed word")
    assert list(engine.missing) == []


def test_nothing_is_translated_in_both_files() -> None:
    assert not set(read_catalogue(ENGINE)) & set(read_catalogue(STUDY))


@pytest.mark.parametrize("path", [ENGINE, STUDY], ids=["engine", "study"])
def test_no_translation_changes_a_number_or_markup(path: Path) -> None:
    entries = read_catalogue(path)
    assert len(entries) > 300
    assert not [key for key, translation in entries.items() if faults(key, translation)]
