"""What a reader sees: every row once, every term as it stands, every page with its furniture."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from csrbook.displays.model import Cell, Column, Display, Row
from tests.render import samples
from tests.render.conftest import render, write

if TYPE_CHECKING:
    from pathlib import Path

    from tests.render.conftest import Book

SUBJECT = re.compile(r"NCT04646759-\d{3}-\d{4}")


def squeezed(text: str) -> str:
    """Text without white space, for comparing across line breaks."""
    return re.sub(r"\s+", "", text)


def test_listing_shows_every_record_once(book: Book) -> None:
    for output in ("L16.2.6.1", "L16.2.7.1"):
        expected = [row["cells"][0] for row in book.displays[output]["rows"]]
        assert len(expected) > 50
        assert SUBJECT.findall(book.text_of(output)) == expected
        assert SUBJECT.findall(book.visible_of(output)) == expected


def test_table_shows_every_row_and_number(book: Book) -> None:
    for output in ("T14.1.3.1", "T14.2.1.1", "T14.3.1.2"):
        text, visible = squeezed(book.text_of(output)), squeezed(book.visible_of(output))
        rows = [
            row
            for row in book.displays[output]["rows"]
            if row["kind"] != "blank" and row["label"] not in samples.NASTY_TERMS
        ]
        for row in rows:
            line = squeezed(row["label"] + "".join(row["cells"]))
            assert line in text, row
            assert line in visible, row


def test_terms_print_literally_on_a_listing(book: Book) -> None:
    text = squeezed(book.text_of("L16.2.7.1"))
    terms = {row["cells"][3] for row in book.displays["L16.2.7.1"]["rows"]} & set(samples.NASTY_TERMS)
    assert terms == set(samples.NASTY_TERMS)
    for term in terms:
        # A wrapped term is cut by its neighbours' cells in extraction order only where it takes several lines.
        for word in term.split():
            assert word[:20] in text, word


def test_terms_print_literally_in_a_table(book: Book) -> None:
    text = squeezed(book.text_of("T14.3.1.2"))
    for term in samples.NASTY_TERMS:
        assert squeezed(term) in text, term


def test_long_terms_stay_in_their_column(book: Book) -> None:
    pages = book.pages_of("T14.3.1.2")
    fragments = [
        word
        for number in pages
        for word in book.words[number]
        if word["text"][:12] and word["text"] in samples.LONG and len(word["text"]) > 20
    ]
    assert "".join(word["text"] for word in fragments) == samples.LONG[:200]
    # The label column is 4.4 of 9 parts of 257 mm, beginning at 20 mm.
    edge = (20 + 257 * 4.4 / 9) / 25.4 * 72
    assert max(word["x1"] for word in fragments) < edge


def test_long_terms_break_after_a_hyphen_before_they_break_anywhere(study: Path) -> None:
    term = "Gamma-glutamyltransferase increased"
    display = Display(
        columns=(Column(1), Column(8)),
        header=((Cell("Term"), Cell("Text")),),
        rows=(Row((term, "x")), Row(("12/" * 30, "y"))),
    )
    write(study, '# Section\n\n::: {.tlf src="L16.2.7.1"}\n:::')
    displays = [samples.content("L16.2.7.1", display)]
    book = render(study.parent / "project", displays, study=study, document="report/doc.qmd")
    words = [word["text"] for word in book.words[book.pages_of("L16.2.7.1")[0]]]
    place = words.index("Gamma-")
    assert words[place : place + 4] == ["Gamma-", "x", "glutamyltransferase", "increased"]
    fragments = [word for word in words if word.startswith("12/12/")]
    assert "".join(fragments) == "12/" * 30
    assert len(fragments) > 1


def test_no_word_is_clipped_or_covered(book: Book) -> None:
    for number, words in enumerate(book.words):
        assert words, f"page {number + 1} is blank"
        for word in words:
            inside = word["x0"] > 25 and word["x1"] < 842 - 25 and word["top"] > 53 and word["bottom"] < 595 - 27
            assert inside, (number + 1, word)
        for left, right in pairwise(words):
            same_line = abs(left["bottom"] + left["top"] - right["bottom"] - right["top"]) < 4
            covers = same_line and left["x0"] <= right["x0"] < left["x1"] - 0.6
            assert not covers, (number + 1, left["text"], right["text"])


def test_every_page_of_an_output_says_which_page_it_is(book: Book) -> None:
    for output in book.displays:
        pages = book.pages_of(output)
        assert pages == list(range(pages[0], pages[0] + len(pages))), output
        for place, number in enumerate(pages, start=1):
            text = book.texts[number]
            assert f"Page {place} of {len(pages)}" in text
            assert f"{number + 1} / {len(book.texts)}" in text
            for fixed in (
                "Sun Yat-sen",
                "Protocol 2020-KY-140",
                "SIMULATED DATA · Data cut-off 15JAN2026",
                "Source: ADaM.ADSL.",
            ):
                assert fixed in text, (output, place, fixed)
            assert "Program: analyses/population/demography.py" in text
            assert "Data lock: sha256:9f3c1e7ab02d" in text
            assert book.displays[output]["title"] in text.replace("\n", " ")


def test_section_repeats_as_continued_without_its_numbers(book: Book) -> None:
    first_rows = [
        book.texts[number].split("Events n (%) Events\n", 1)[1].splitlines()[0] for number in book.pages_of("T14.3.1.2")
    ]
    assert len(first_rows) == 3
    assert first_rows[0].startswith("Patients with at least one event 161")
    continued = [row.removesuffix(" (continued)") for row in first_rows if row.endswith(" (continued)")]
    begun = [row for row in first_rows[1:] if not row.endswith(" (continued)")]
    assert continued
    assert set(continued) <= {*samples.CLASSES, "Uncoded"}
    assert all(re.match(rf"({'|'.join(samples.CLASSES)}) \d+ \(", row) for row in begun), "no row without its section"
    for section in samples.CLASSES:
        assert len(re.findall(rf"{section} \d+ \(", book.text_of("T14.3.1.2"))) == 1, "its numbers stand once"


def test_group_repeats_as_continued_where_its_rows_run_on(study: Path) -> None:
    rows = [Row(label="Visits", kind="group"), *(Row((str(i),), f"Visit {i}", indent=1) for i in range(1, 41))]
    rows += [Row(label="Told once", kind="group"), *(Row((str(i),), f"Flush left {i}") for i in range(1, 41))]
    display = Display(
        columns=(Column(3), Column(1, "decimal")), header=((Cell("Row", align="left"), Cell("n")),), rows=tuple(rows)
    )
    write(study, '# Section\n\n::: {.tlf src="T14.1.1.1"}\n:::')
    displays = [samples.content("T14.1.1.1", display)]
    book = render(study.parent / "project", displays, study=study, document="report/doc.qmd")
    text = book.text_of("T14.1.1.1")
    assert len(book.pages_of("T14.1.1.1")) == 3
    assert text.count("Visits (continued)") == 1
    assert "Told once (continued)" not in text, "rows that are not indented are not the group's"
    assert re.findall(r"^Visit (\d+) \1$", text, re.MULTILINE) == [str(i) for i in range(1, 41)]


def test_the_rows_of_a_label_stay_on_one_page_where_they_are_few(study: Path) -> None:
    rows = []
    for variable in range(1, 12):
        rows.append(Row(label=f"Variable {variable}", kind="group"))
        rows += [Row((f"{variable}.{i}",), f"Statistic {i}", indent=1) for i in range(1, 8)]
    display = Display(
        columns=(Column(3), Column(1, "decimal")), header=((Cell("Row", align="left"), Cell("n")),), rows=tuple(rows)
    )
    write(study, '# Section\n\n::: {.tlf src="T14.1.1.1"}\n:::')
    displays = [samples.content("T14.1.1.1", display)]
    book = render(study.parent / "project", displays, study=study, document="report/doc.qmd")
    pages = [book.texts[number] for number in book.pages_of("T14.1.1.1")]
    assert len(pages) > 2
    for page in pages:
        printed = re.findall(r"^(Variable \d+|Statistic \d+)", page, re.MULTILINE)
        assert [line for line in printed if line == "Statistic 1"] != []
        assert printed[0].startswith("Variable"), "a page begins with a label"
        assert printed[-1] == "Statistic 7", "and ends with the last row of one"
    numbers = re.findall(r"^Statistic (\d+) (\d+)\.\1$", "\n".join(pages), re.MULTILINE)
    assert numbers == [(str(i), str(variable)) for variable in range(1, 12) for i in range(1, 8)]
    assert "(continued)" not in "".join(pages)


@pytest.mark.parametrize("place", [0, -1])
def test_a_cell_longer_than_a_page_is_printed_whole(study: Path, place: int) -> None:
    words = [f"word{number}" for number in range(2000)]
    for kind in ("listing", "table"):
        made = samples.listing(3, nasty=False) if kind == "listing" else samples.demography()
        display = samples.content("L16.2.6.1" if kind == "listing" else "T14.1.3.1", made)
        row = next(row for row in display["rows"] if row["cells"] and row["kind"] == "row")
        cells = list(row["cells"])
        cells[place] = " ".join(words)
        row["cells"] = cells
        body = f'::: {{.tlf src="{display["id"]}"}}\n:::'
        write(study, body, head='title: "A"\nbare: true\ntoc: false')
        folder = study.with_name(f"project-{kind}")
        book = render(folder, [display], study=study, document="report/doc.qmd")
        seen = book.visible_of(display["id"])
        assert [word for word in words if word not in seen] == [], kind


def test_column_headers_repeat(book: Book) -> None:
    for number in book.pages_of("L16.2.7.1"):
        assert "Preferred Term" in book.texts[number]
    assert len(book.pages_of("L16.2.7.1")) > 1


def test_group_label_is_never_the_last_row_of_a_page(book: Book) -> None:
    pages = [book.texts[number] for number in book.pages_of("T14.3.1.2")]
    labels = set(samples.CLASSES)
    for text in pages[:-1]:
        body = text.split("N = patients", 1)[0].strip().splitlines()
        assert not any(body[-1].startswith(label) for label in labels)


def test_numbers_line_up_at_the_decimal_point(book: Book) -> None:
    (number,) = book.pages_of("T14.1.3.1")
    after = {"Median": r"\d+\.\d", "(SD)": r"\d+\.\d", "Female": r"\d+", "n": r"\d{3}", "0": r"\d+", "1": r"\d+"}
    edges = [
        # STIX digits and points are 0.5 and 0.25 em wide: the point begins 0.75 em before the end of "54.3".
        word["x1"] - (0.75 * 9 if "." in word["text"] else 0)
        for label, word in pairwise(book.words[number])
        if label["x0"] < 100 and re.fullmatch(after.get(label["text"], "never"), word["text"])
    ]
    assert len(edges) >= 8
    assert max(edges) - min(edges) < 0.1


def test_large_forest_runs_over_pages(book: Book) -> None:
    pages = book.pages_of("F14.2.6.3")
    assert len(pages) > 1
    text = book.text_of("F14.2.6.3")
    assert [int(n) for n in re.findall(r"Marker (\d+)", text)] == list(range(1, 12))
    assert all("Favours FUL+PYR" in book.texts[number] for number in pages)


def test_figures_show_their_texts(book: Book) -> None:
    curves = book.text_of("F14.2.1.4")
    for shown in ("Number at risk", "Months from randomisation", "Stratified hazard ratio 0.861 (95% CI 0.660, 1.123)"):
        assert shown in curves
    margin = book.text_of("F14.2.1.6")
    for shown in ("Margin 1.30", "Favours FUL+PYR", "Favours CAP+PYR", "0.861 (0.660, 1.123)", "NE"):
        assert shown in margin
    chart = squeezed(book.text_of("F14.1.1.2"))
    for box in book.displays["F14.1.1.2"]["figure"]["boxes"]:
        for line in box["lines"]:
            assert squeezed(line) in chart
    assert all(stage in chart for stage in ("Enrolment", "Allocation", "Follow-up", "Analysis"))


def test_numbers_at_risk_stand_under_their_ticks(book: Book) -> None:
    (number,) = book.pages_of("F14.2.1.4")
    words = book.words[number]
    figure = book.displays["F14.2.1.4"]["figure"]
    labels = [i for i, word in enumerate(words) if word["text"] == "Fulvestrant+Pyrotinib"]
    row = words[labels[-1] + 1 : labels[-1] + 1 + len(figure["grid"])]
    assert [word["text"] for word in row] == [str(n) for n in figure["curves"][0]["at_risk"]]
    axis = next(i for i, word in enumerate(words) if [w["text"] for w in words[i : i + 3]] == ["0", "3", "6"])
    ticks = words[axis : axis + len(figure["grid"])]
    for tick, at_risk in zip(ticks, row, strict=True):
        assert abs(tick["x0"] + tick["x1"] - at_risk["x0"] - at_risk["x1"]) < 0.5


def printed(book: Book, number: int) -> str:
    """Text of a page, its lines joined."""
    return " ".join(book.texts[number].split())


def page_with(book: Book, heading: str) -> int:
    """Number (from 0) of the page of the text that begins with a heading."""
    return next(
        number
        for number, text in enumerate(book.texts)
        if heading in text.splitlines()[4:6] and "Page 1 of" not in text
    )


def test_synopsis_is_one_page_between_title_page_and_contents(book: Book) -> None:
    assert page_with(book, "Synopsis") == 1
    assert page_with(book, "Contents") == 2
    assert "Non-inferiority is shown." in printed(book, 1)
    assert "Hazard ratio 0.861, margin 1.30 Table 14.2.1.1" in printed(book, 1)


def test_running_text_quotes_the_results(book: Book) -> None:
    assert "Is the hazard ratio 1.30 or more?" in printed(book, 1)
    assert "Met (Tables 14.2.1.1 and 14.2.1.2, Figure 14.9.9.9)." in printed(book, 1)


def test_checklist_gives_the_page_of_each_output(book: Book) -> None:
    text = printed(book, page_with(book, "CONSORT checklist"))
    flow, primary = book.pages_of("F14.1.1.2")[0] + 1, book.pages_of("T14.2.1.1")[0] + 1
    assert f"22a Flow of participants Figure 14.1.1.2 (page {flow}), title page (page 1)" in text
    assert f"26 Outcomes Table 14.2.1.1 (page {primary}). Discussion: clinical study report" in text
    assert flow != primary


def test_first_page_of_an_output_leads_back(book: Book) -> None:
    synopsis, checklist = 2, page_with(book, "CONSORT checklist") + 1
    (primary,) = book.pages_of("T14.2.1.1")
    assert f"Contents · Mentioned on pages {synopsis}, {checklist} " in printed(book, primary)
    (coprimary,) = book.pages_of("T14.2.1.2")
    assert f"Contents · Mentioned on page {synopsis} " in printed(book, coprimary)
    first, *others = book.pages_of("T14.3.1.2")
    assert "Contents" in book.texts[first]
    assert len(others) == 2
    assert not any("Contents" in book.texts[number] for number in others)


def test_band_holds_the_way_back_beside_what_stands_there(study: Path) -> None:
    mentions = "\n\n".join(f"# Part {number}\n\n[Table](#t-14-1-1-1)\n\n::: {{.wide}}\nx\n:::" for number in range(60))
    write(study, mentions + '\n\n# Last\n\n::: {.tlf src="T14.1.1.1"}\n:::', head='title: "A title"\nlandscape: true')
    displays = [samples.content("T14.1.1.1", samples.demography())]
    book = render(study.parent / "project", displays, study=study, document="report/doc.qmd")
    (number,) = book.pages_of("T14.1.1.1")
    assert re.search(r"Mentioned on pages [\d, ]+, …", printed(book, number))
    assert "SIMULATED DATA · Data cut-off 15JAN2026" in printed(book, number)
    for left, right in pairwise(book.words[number]):
        same_line = abs(left["bottom"] + left["top"] - right["bottom"] - right["top"]) < 4
        assert not (same_line and left["x0"] <= right["x0"] < left["x1"] - 0.6), (left["text"], right["text"])


def test_a_table_that_runs_over_by_a_few_rows_is_set_closer(study: Path) -> None:
    lengths = range(30, 44)
    places = "\n\n".join(f'::: {{.tlf src="T14.1.1.{n}"}}\n:::' for n in lengths)
    write(study, f"# Section\n\n{places}")
    header = ((Cell("Term"), Cell("Text")),)
    displays = [
        samples.content(
            f"T14.1.1.{n}",
            Display((Column(1), Column(8)), header, tuple(Row((f"value {row}",), f"Row {row}") for row in range(n))),
        )
        for n in lengths
    ]
    book = render(study.parent / "project", displays, study=study, document="report/doc.qmd")
    rows = {n: [book.texts[page].count("value ") for page in book.pages_of(f"T14.1.1.{n}")] for n in lengths}
    assert {sum(counts) for counts in rows.values()} == set(lengths)
    assert rows[30] == [30]
    assert rows[37] == [37]
    assert max(len(counts) for counts in rows.values()) == 2
    assert min(counts[-1] for counts in rows.values()) > 3, "no page for a row or two"
