"""The render project: a folder that holds everything the pages are made of, and nothing else.

Both engines run in such a folder, so paths are always the same and nothing is written into the study::

    _quarto.yml                 copied from the study
    report/, sap/*.qmd          copied from the study
    results/<output id>.json    displays, as :meth:`csrbook.displays.model.Display.to_dict` gives them
    results/numbers.json        {output id: {name: text}}: numbers that running text may quote
    results/plan.json           texts and tables of the plan that documents may quote (see below)
    results/words.json          fixed words of the pages (:mod:`csrbook.render.words`)
    results/edition.json        identity of the edition: protocol, sponsor, status, lock, plan (:class:`Edition`)
    results/fonts.json          font families in the order in which they are tried
    fonts/                      the only font files that the engines see
    listings/<anchor>.pdf       listings too large for the appendix, as files of their own
    listings/<anchor>.json      the same with all rows, of which results/<output id>.json then has none

What a ``.qmd`` document may write
----------------------------------
``::: {.tlf src="T14.2.1.1"}`` and ``:::`` (on a line of its own)
    The display, on pages of its own. Headings directly before it ride in the header of its first page.
``::: {.plan-table src="estimands"}`` and ``:::``
    A table of the plan, where it stands in the text; it breaks over pages and repeats its header.
``[]{.ard output="T14.2.1.1" stat="hr"}``
    A number of the output, as text: ``display["numbers"]["hr"]``.
``[]{.plan key="study.noninferiority.margin"}``
    A text of the plan.
``[Table 14.2.1.1](#t-14-2-1-1)``
    A link to an output.
``::: {.synopsis}``, ``{.rows}``, ``{.frame}``, ``{.wide}``, ``{.halves}``
    Pages and tables in the text (``report/README.md``).
``{{< include _part.qmd >}}``, ``{{< meta key >}}``, ``{{< var key >}}``
    Quarto's shortcodes; no others (:mod:`csrbook.render.lint`).

An output, number, key, table or link that does not exist stops the render.

``plan.json``
-------------
::

    {"values": {"study.noninferiority.margin": "1.30", ...},
     "tables": {"estimands": {"caption": "Table 2: Estimands",
                              "columns": [{"width": 1, "align": "left"}, ...],
                              "header": ["Attribute", ...],
                              "rows": [["Treatment", ...], ...]}}}

``values`` has flat dotted keys; everything is text and is printed as it stands (a newline breaks the line). ``width``
is relative, ``align`` one of left, right, center. Captions are numbered by whoever makes the table; ``""`` for none.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from csrbook.errors import RenderError
from csrbook.languages import (
    documents_to_translate,
    named_texts,
    translate_display,
    translate_document,
    translate_plan,
    translate_texts,
)
from csrbook.render.fonts import FontSet, choose_fonts, install_fonts
from csrbook.render.separate_listings import FOLDER, LISTING_ROWS, dumps, longest_listings, write_separately
from csrbook.render.words import WORDS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from csrbook.languages import Translations

__all__ = ["Edition", "RenderProject", "create_project"]

DOCUMENT_ROOMS: Final = ("report", "sap")
SETTINGS: Final = "_quarto.yml"


@dataclass(frozen=True, slots=True)
class Edition:
    """What the title page and the running headers of every document say."""

    title: str
    protocol: str
    sponsor: str
    status: str
    registry: str = ""
    version: str = ""
    date: str = ""
    data_cutoff: str = ""
    lock: str = ""
    plan: str = ""
    language: str = "en"


@dataclass(frozen=True, slots=True)
class RenderProject:
    """A folder ready to be rendered."""

    folder: Path
    fonts: FontSet
    listings: tuple[Path, ...] = ()
    """Large listings, already written; the appendix links to them as ``listings/<anchor>.pdf``."""


def create_project(
    folder: Path,
    study: Path,
    *,
    edition: Edition,
    displays: Iterable[Mapping[str, Any]],
    plan: Mapping[str, Any] | None = None,
    timestamp: int,
    font_paths: Sequence[Path] = (),
    listing_rows: int = LISTING_ROWS,
    parts: Mapping[str, str] = MappingProxyType({}),
    translations: Translations | None = None,
) -> RenderProject:
    """Fill a folder with the study's documents and an edition's results.

    Parameters
    ----------
    folder : Path
        An empty or absent folder.
    study : Path
        The study's root: holds ``_quarto.yml``, ``report/`` and ``sap/``.
    edition : Edition
        Title page and running headers.
    displays : iterable of mapping
        Display JSON contents.
    plan : mapping, optional
        Content of ``plan.json``.
    timestamp : int
        Seconds since 1970 that documents written here (large listings) carry as their date.
    font_paths : sequence of Path
        Folders with further fonts, such as Chinese ones.
    listing_rows : int
        Rows of listings that the documents hold in all; the longest are written as files of their own until the others
        are no more than that.
    parts : mapping of str to str
        Texts that documents include and the study does not have, by path in the project.
    translations : Translations, optional
        Language of the edition where it is not the one of the displays and documents. A document whose front matter
        states a ``lang`` stays as it is. Afterwards ``missing`` says what has no translation.

    Raises
    ------
    RenderError
        A document is missing, an output comes twice, or a character is in no font.
    """
    _copy_documents(study, folder)
    for name, text in parts.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    results = folder / "results"
    results.mkdir(parents=True)
    plan = plan or {"values": {}, "tables": {}}
    words: Mapping[str, str] = WORDS
    if translations is not None:
        edition = _translated(edition, translations)
        words = translate_texts(WORDS, translations, "fixed word")
        plan = translate_plan(plan, translations, _translate_documents(folder, translations))
        displays = (translate_display(display, translations) for display in displays)
    _set_language(folder / SETTINGS, edition.language)
    numbers: dict[str, Any] = {}
    listings: dict[str, int] = {}
    # What is printed, as the characters that it has: listings may have millions.
    printed: dict[str, Collection[str]] = {}

    def write(name: str, content: object) -> None:
        text = dumps(content)
        printed[name] = frozenset(text)
        (results / f"{name}.json").write_text(text, encoding="utf-8", newline="\n")

    for display in displays:
        name = display["id"]
        if name in numbers:
            raise RenderError("an output has two displays", name, "give each output one display")
        numbers[name] = display["numbers"]
        if display["kind"] == "listing":
            listings[name] = len(display["rows"])
        write(name, display)
    write("words", words)
    write("numbers", numbers)
    write("plan", plan)
    write("edition", asdict(edition))
    fonts = choose_fonts({**printed, **_documents(folder)}, font_paths)
    install_fonts(fonts, folder / "fonts")
    write("fonts", {"text": fonts.text, "mono": fonts.mono})
    separate = [results / f"{name}.json" for name in longest_listings(listings, listing_rows)]
    files = write_separately(separate, folder / FOLDER, fonts=fonts, words=words, timestamp=timestamp)
    return RenderProject(folder, fonts, files)


def _translated(edition: Edition, translations: Translations) -> Edition:
    """The edition's texts in a language; protocol, registry entry, dates of data and hashes stay by themselves."""
    texts = {key: text for key, text in asdict(edition).items() if key != "language"}
    return Edition(**translate_texts(texts, translations, "edition"), language=translations.language)


def _translate_documents(folder: Path, translations: Translations) -> set[str]:
    """Translate the documents of a render project in place; returns which texts and tables of the plan they name."""
    documents = _documents(folder)
    named = set()
    for name in documents_to_translate(documents):
        named |= named_texts(documents[name])
        done = translate_document(documents[name], translations, name)
        (folder / name).write_text(done, encoding="utf-8", newline="\n")
    return named


def _set_language(settings: Path, language: str) -> None:
    """Say in a project's settings which language its documents have."""
    text = settings.read_text(encoding="utf-8")
    text = re.sub(r"^lang:.*$", f"lang: {language}", text, flags=re.MULTILINE)
    settings.write_text(text, encoding="utf-8", newline="\n")


def _documents(folder: Path) -> dict[str, str]:
    """Text of each document of a render project, by path."""
    paths = sorted(path for room in DOCUMENT_ROOMS for path in (folder / room).rglob("*.qmd"))
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def _copy_documents(study: Path, folder: Path) -> None:
    settings = study / SETTINGS
    if not settings.is_file() or not (study / "report" / "_render").is_dir():
        raise RenderError(
            "the folder is not a study that can be rendered",
            str(settings if not settings.is_file() else study / "report" / "_render"),
            "run from the study's root, or name it with --study",
        )
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise RenderError("the render project is not empty", str(folder), "give an empty folder")
    shutil.copyfile(settings, folder / SETTINGS)
    variables = study / "_variables.yml"
    if variables.is_file():
        shutil.copyfile(variables, folder / "_variables.yml")
    for room in DOCUMENT_ROOMS:
        for source in sorted((study / room).rglob("*")):
            if source.is_file() and source.suffix in {".qmd", ".typ", ".lua"}:
                target = folder / source.relative_to(study)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)
