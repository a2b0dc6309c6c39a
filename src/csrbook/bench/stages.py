"""Seconds and peak memory of each stage, from a study's simulation to its pages, and of `csrbook render`, which is all.

Then of what follows a change: a second render of what did not change, and one footnote, of which the page alone or all
pages are made. Each stage runs as a process of its own, imports included, in a temporary copy of the study, so that
memory is the stage's own and nothing of the study is touched.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from csrbook.bench.sample_listing import sample_listing

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "SIZES", "change_a_footnote", "large_listing", "measure", "render_only", "scale_the_plan", "stages", "stages_table",
    "write_listing",
]  # fmt: skip

SIZES: Final = (326, 5_000)
CATALOGUE: Final = Path("sap") / "outputs.yaml"
COPIED: Final = (
    "sap", "schemas", "simulation", "analyses", "qc", "report", "translations", "requirements", "_quarto.yml",
)  # fmt: skip


PAGES: Final = {"documents, appendix among them": "documents", "every output alone, four formats": "alone"}
"""Stages that are pages, by the name of their row."""
LISTING_ROWS: Final = 200_000


def measure(command: Sequence[str], folder: Path) -> tuple[float, float]:
    """Seconds and peak memory (MB) of a command and its child processes; its failure ends the bench."""
    # A relative path of the search path would mean another folder there.
    search = os.pathsep.join(str(Path(place).resolve()) for place in sys.path if place)
    environ = {**os.environ, "PYTHONPATH": search}
    began = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None  # noqa: S101 - a pipe was asked for
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    if status:
        sys.exit(f"{' '.join(command)} failed\n{said.decode(errors='replace')}")
    # Linux counts kilobytes, macOS bytes.
    return seconds, usage.ru_maxrss / (1024.0**2 if sys.platform == "darwin" else 1024.0)


def stages(subjects: int, root: Path) -> list[tuple[str, float, float]]:
    """Stage, seconds and MB for a trial of this size."""
    with tempfile.TemporaryDirectory(prefix="csrbook-bench-") as temporary:
        study = Path(temporary)
        for name in COPIED:
            source = root / name
            (shutil.copytree if source.is_dir() else shutil.copy2)(source, study / name)
        scale_the_plan(study, subjects)
        csrbook = [sys.executable, "-m", "csrbook"]
        rows = [("simulate", *measure([*csrbook, "simulate", "--subjects", str(subjects)], study))]
        transfer = next((study / "data").glob("simulated-*")) / "xpt"
        rows.append(("lock", *measure([*csrbook, "lock", str(transfer)], study)))
        results = study / "results"
        rows.append(("run", *measure([*csrbook, "run", "--results", str(results)], study)))
        rows.append(("qc", *measure([*csrbook, "qc", "--results", str(results)], study)))
        # What the stage above kept would spare the whole its analyses.
        shutil.rmtree(study / "outputs")
        whole = [*csrbook, "render", "--subjects", str(subjects)]
        rows.append(("all, in one", *measure(whole, study)))
        # Of what was published: results that double programming has stated its verdict on.
        published = next((study / "outputs").glob("L*/v001")) / "results"
        for name, stage in PAGES.items():
            pages = [sys.executable, "-m", "csrbook.bench", "--pages", stage, str(published)]
            rows.append((name, *measure(pages, study)))
        rows.append(("again, nothing changed", *measure(whole, study)))
        output = change_a_footnote(study)
        lock = measure([*csrbook, "lock", str(transfer)], study)
        page = measure([*csrbook, "run", output, "--pdf", str(study / "page.pdf")], study)
        rows.append((f"a footnote of {output}: lock, its pages", lock[0] + page[0], max(lock[1], page[1])))
        rows.append((f"a footnote of {output}: all pages", *measure(whole, study)))
        return rows


def scale_the_plan(study: Path, subjects: int) -> None:
    """Plan a trial of this size, as it is simulated, or double programming would find that it departs from the plan.

    The events are the planned proportion. The test statistic of a likelihood ratio is a small difference of two log
    likelihoods that grow with the trial, so its last digits in double precision do too: at 5,000 subjects 1e-9 is left.
    """
    from ruamel.yaml import YAML

    yaml, file = YAML(), study / "sap" / "study.yaml"
    plan = yaml.load(file)
    size, cut = plan["sample_size"], plan["data_cut"]
    if subjects == size["subjects"]:
        return
    cut["events"] = size["events"] = round(cut["events"] * subjects / size["subjects"])
    size["subjects"] = subjects
    plan["double_programming"]["absolute"] = 1e-8
    yaml.dump(plan, file)


def change_a_footnote(study: Path) -> str:
    """Change the first footnote of the catalogue's first programmed table; returns the table's id.

    Raises
    ------
    SystemExit
        No table is programmed and has a footnote.
    """
    from ruamel.yaml import YAML

    yaml, file = YAML(), study / CATALOGUE
    content = yaml.load(file)
    for output in content["outputs"]:
        if output["id"].startswith("T") and output.get("program") and output.get("footnotes"):
            output["footnotes"][0] = f"{output['footnotes'][0]} Changed."
            yaml.dump(content, file)
            return str(output["id"])
    sys.exit(f"{CATALOGUE}: no programmed table has a footnote")


def render_only(stage: str, results: Path) -> None:
    """Render pages of one kind (:data:`PAGES`) from a folder of results, into a folder that is removed."""
    from csrbook.pipeline.pages import render_alone, render_pages
    from csrbook.pipeline.study import find_study

    study = find_study(Path.cwd())
    with tempfile.TemporaryDirectory(prefix="csrbook-pages-") as temporary:
        target = Path(temporary)
        if stage == "documents":
            render_pages(study, results, target, "auto", alone=False)
        else:
            render_alone(study, results, target)


def large_listing(rows: int) -> tuple[float, float]:
    """Seconds and MB of a listing of so many rows, read from its display JSON and written as PDF."""
    with tempfile.TemporaryDirectory(prefix="csrbook-listing-") as temporary:
        file = Path(temporary) / "listing.json"
        file.write_text(json.dumps(sample_listing(rows), ensure_ascii=False), encoding="utf-8")
        return measure([sys.executable, "-m", "csrbook.bench", "--listing", str(file)], Path(temporary))


def write_listing(file: Path) -> None:
    """Write the listing of a display JSON as PDF beside it."""
    from csrbook.render.fonts import choose_fonts
    from csrbook.render.separate_listings import write_separately
    from csrbook.render.words import WORDS

    with file.open(encoding="utf-8") as text:
        fonts = choose_fonts({file.name: {c for part in iter(lambda: text.read(1 << 20), "") for c in part}})
    write_separately([file], file.parent / "listings", fonts=fonts, words=WORDS, timestamp=0)


def stages_table(sizes: Sequence[int]) -> str:
    """Table of the stages of the study in this folder, for trials of these sizes."""
    from tabulate import tabulate

    table = []
    for subjects in sizes:
        rows = stages(subjects, Path.cwd())
        table += [[f"{subjects:,}", name, f"{seconds:.1f}", f"{memory:,.0f}"] for name, seconds, memory in rows]
    seconds, memory = large_listing(LISTING_ROWS)
    table.append(["–", f"a listing of {LISTING_ROWS:,} rows", f"{seconds:.1f}", f"{memory:,.0f}"])
    text: str = tabulate(
        table,
        headers=["Subjects", "Stage", "Seconds", "Peak MB"],
        colalign=("right", "left", "right", "right"),
        disable_numparse=True,
    )
    return text
