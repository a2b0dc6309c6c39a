"""Links between documents: to a named place of a file beside, and never to a place that is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pikepdf
import pytest

from csrbook.errors import RenderError
from csrbook.render import create_project, render_documents
from csrbook.render.links import name_headings
from tests.render import samples
from tests.render.conftest import EDITION, PLAN, TIMESTAMP, write

if TYPE_CHECKING:
    from pathlib import Path

DISPLAYS = [samples.content("T14.1.1.1", samples.demography()), samples.content("F14.1.1.2", samples.flow())]
APPENDIX = '# 14.1 Demographic Data\n\n::: {.tlf src="T14.1.1.1"}\n:::\n\n::: {.tlf src="F14.1.1.2"}\n:::'


def rendered(study: Path, **documents: str) -> dict[str, pikepdf.Pdf]:
    """Documents of a study, made together."""
    for name, text in documents.items():
        write(study, text, name=f"{name}.qmd")
    project = create_project(
        study.parent / "project", study, edition=EDITION, displays=DISPLAYS, plan=PLAN, timestamp=TIMESTAMP
    )
    files = [f"report/{name}.qmd" for name in documents]
    made = render_documents(project, files, engine="embedded", timestamp=TIMESTAMP)
    return {path.stem: pikepdf.open(path) for path in made.files}


def outside(pdf: pikepdf.Pdf) -> list[tuple[str, Any]]:
    """File and place of the links to other files, in their order."""
    links = [link for page in pdf.pages for link in page.obj.get("/Annots", [])]
    return [(str(link.A.F), link.A.D) for link in links if "/A" in link and link.A.S == "/GoToR"]


def test_an_output_leads_to_its_section_of_the_sap_and_to_its_row_in_the_log(study: Path) -> None:
    log = '# Program log\n\n::: {.plan-table src="program_log"}\n:::'
    made = rendered(
        study, **{"csr-appendix": f"{APPENDIX}\n\n{log}", "sap": "# 9 Primary analysis\n\n## 9.2 Test\n\nx"}
    )
    first, second = (made["csr-appendix"].pages[number].obj.Annots for number in (2, 3))
    contents, sap, row = first
    assert str(contents.Dest) == "contents"
    assert (str(sap.A.F), str(sap.A.D)) == ("sap.pdf", "s-9-2")
    assert row.Dest[0].objgen == made["csr-appendix"].pages[4].obj.objgen
    assert [str(link.Dest) for link in second] == ["contents"], "the plan and the log know nothing of it"
    back = [str(link.Dest) for link in made["csr-appendix"].pages[4].obj.Annots]
    assert back == ["t-14-1-1-1"], "from the log to the output, which does not call that a mention"


def test_a_mention_in_another_document_leads_to_the_appendix(study: Path) -> None:
    text = "See Table 14.1.1.1 (Figure\u00a014.1.1.2), Table 14.9.9.9, section 14.1.1, and F14.1.1.2."
    made = rendered(study, **{"csr-appendix": APPENDIX, "sap": f"# 1 Start\n\n{text}\n\n# 9.2 Test"})
    places = [(file, str(place)) for file, place in outside(made["sap"])]
    assert places == [("csr-appendix.pdf", name) for name in ("t-14-1-1-1", "f-14-1-1-2", "f-14-1-1-2")]
    names = pikepdf.NameTree(made["csr-appendix"].Root.Names.Dests)
    assert {name for _, name in places} <= set(names)


def test_a_mention_in_a_table_of_the_plan_is_a_link(study: Path) -> None:
    made = rendered(study, sap='# 1 Start\n\n::: {.plan-table src="program_log"}\n:::')
    assert [(file, str(place)) for file, place in outside(made["sap"])] == [("csr-appendix.pdf", "t-14-1-1-1")]


def test_a_numbered_heading_can_be_led_to_by_its_number(study: Path) -> None:
    texts = {
        "sap": "# 9 Primary analysis\n\n## 9.2 Test\n\nx",
        "doc": "# A\n\n[SAP 9.2](sap.pdf#s-9-2), [SAP](sap.pdf)",
    }
    made = rendered(study, **texts)
    assert {"s-9", "s-9-2"} <= set(pikepdf.NameTree(made["sap"].Root.Names.Dests))
    (file, place), (other, page) = outside(made["doc"])
    assert (file, str(place)) == ("sap.pdf", "s-9-2")
    assert other == "sap.pdf"
    assert [page[0], str(page[1])] == [0, "/XYZ"]


@pytest.mark.parametrize("named", [(), ("s-9",)])
def test_headings_that_a_typst_leaves_without_a_name_are_named(study: Path, named: tuple[str, ...]) -> None:
    (pdf,) = rendered(study, sap="# 9 Primary analysis\n\n## 9.2 Test\n\nx\n\n# Without a number").values()
    names = pikepdf.NameTree(pdf.Root.Names.Dests)
    places = {name: list(names[name]) for name in ("s-9", "s-9-2")}
    if named:
        for name in set(names) - set(named):
            del names[name]
    else:
        del pdf.Root.Names
    name_headings(pdf)
    found = pikepdf.NameTree(pdf.Root.Names.Dests)
    assert set(found) == set(places)
    for name, (page, *place) in places.items():
        assert found[name][0].objgen == page.objgen
        assert list(found[name])[1:] == place


def test_a_link_to_a_place_that_another_document_lacks_is_an_error(study: Path) -> None:
    with pytest.raises(RenderError) as caught:
        rendered(study, sap="# 9 Primary analysis\n\nx", doc="# A\n\n[SAP 9.2](sap.pdf#s-9-2)")
    assert "sap.pdf#s-9-2" in caught.value.what
    assert caught.value.where == "doc.pdf"


def test_a_link_to_a_file_that_is_made_elsewhere_is_not_followed(study: Path) -> None:
    made = rendered(study, doc="# A\n\n[SAP 9.2](sap.pdf#s-9-2)")
    assert [(file, str(place)) for file, place in outside(made["doc"])] == [("sap.pdf", "s-9-2")]
