"""A document that conforms, and copies of it that do not."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pikepdf
import pytest

from csrbook.conformance import Finding, check_pdf
from tests.render import samples
from tests.render.conftest import ROOT, render, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BESIDE = "beside.pdf"
HEAD = 'title: "A title"\nlandscape: true\nlists: true\ncover: [protocol, lock]'
BODY = """
# Reading guide

See [Table 14.1.3.1](#t-14-1-3-1), [the same beside](beside.pdf#t-14-1-3-1) and [its beginning](beside.pdf).

$$\\theta_{1 - \\alpha/2} = \\hat\\theta \\sqrt{n} \\exp(z_{1 - \\alpha})$$

# 14.1 Demographic Data

## 14.1.3 Baseline

::: {.tlf src="T14.1.3.1"}
:::

::: {.tlf src="F14.2.1.4"}
:::

# 16.2 Patient Data Listings

::: {.tlf src="L16.2.6.1"}
:::
"""


@dataclass(frozen=True)
class Good:
    """A PDF that conforms, and the displays whose rows stand on its pages."""

    path: Path
    displays: dict[str, dict[str, Any]]

    def check(self, path: Path) -> list[Finding]:
        """Findings in a file that is made from it."""
        return check_pdf(path, displays=self.displays)


@pytest.fixture(scope="session")
def good(tmp_path_factory: pytest.TempPathFactory) -> Good:
    """Contents, prose, a formula, a table, a figure, a listing, links; a second file lies beside it."""
    folder = tmp_path_factory.mktemp("conformance")
    study = folder / "study"
    shutil.copytree(ROOT / "report" / "_render", study / "report" / "_render")
    shutil.copyfile(ROOT / "_quarto.yml", study / "_quarto.yml")
    write(study, BODY, head=HEAD)
    displays = [item for item in samples.catalogue() if item["id"] in {"T14.1.3.1", "F14.2.1.4", "L16.2.6.1"}]
    book = render(folder / "project", displays, study=study, document="report/doc.qmd")
    path = folder / "good.pdf"
    shutil.copyfile(book.path, path)
    shutil.copyfile(book.path, folder / BESIDE)
    return Good(path, {item["anchor"]: item for item in displays if item["columns"]})


@pytest.fixture
def damage(good: Good, tmp_path: Path) -> Callable[..., list[Finding]]:
    """Findings in a copy that a function has changed."""

    def findings(change: Callable[[pikepdf.Pdf], None], **options: Any) -> list[Finding]:
        path = tmp_path / "damaged.pdf"
        shutil.copyfile(good.path, tmp_path / BESIDE)
        (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7")
        with pikepdf.open(good.path) as pdf:
            change(pdf)
            pdf.save(path, **{"linearize": True, "deterministic_id": True, **options})
        return good.check(path)

    return findings
