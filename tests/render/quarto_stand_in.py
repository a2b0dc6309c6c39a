"""A stand-in for Quarto's command line, for machines that cannot have it: it does with a document what Quarto does.

Run as ``quarto render report/doc.qmd --to typst`` in a project folder. It follows the source of Quarto 1.9 and shares
no code with the embedded engine:

- the project's settings and the front matter are merged;
- ``include`` is replaced in the text, ``meta`` and ``var`` in what pandoc has read;
- then the project's filters run inside of a filter of Quarto's, which gives them some names only;
- pandoc gets a file of defaults with its settings and one with the metadata, among them words that Quarto adds;
- Typst gets its fonts and its date from the variables that its command line reads, and the standards as one list.

Both programs are those of the packages on PyPI, since Quarto brings the same. What Quarto's own filters do to what the
documents avoid (:mod:`csrbook.render.lint`) is not done.
"""

from __future__ import annotations

import inspect
import json
import os
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pypandoc
import typst
from ruamel.yaml import YAML

VERSION = "1.9.38"

# Settings of Quarto or pandoc; all others are metadata.
PANDOC = {"toc", "toc-depth", "shift-heading-level-by", "template", "filters"}
QUARTO = {"project", "engine", "format", "pdf-standard", "keep-typ"}

# What Quarto writes into every document's metadata for the language.
WORDS = {"toc-title": "Table of contents", "labels": {"abstract": "Abstract", "published": "Published"}}

FILTER = """
local values = pandoc.json.decode(io.open(os.getenv("STAND_IN_VALUES")):read("a"), false)

local function value(name, key)
  local found = values[name]
  for part in key:gmatch("[^.]+") do found = type(found) == "table" and found[part] or nil end
  return found or "?" .. name .. ":" .. key
end

local function replaced(text)
  return (text:gsub("{{<%s*(%a+)%s+([%w._-]+)%s*>}}", value))
end

local function shortcodes(inlines)
  local out, open = pandoc.List(), nil
  for _, inline in ipairs(inlines) do
    if open then
      open = open .. (inline.t == "Str" and inline.text or " ")
      if open:match(">}}") then
        out:insert(pandoc.Str(replaced(open)))
        open = nil
      end
    elseif inline.t == "Str" and inline.text:match("{{<") and not inline.text:match(">}}") then
      open = inline.text
    else
      out:insert(inline)
    end
  end
  return out
end

-- Quarto runs a user's filter with these names and no others, one table of functions after the other.
local NAMES = {
  "assert", "collectgarbage", "dofile", "error", "getmetatable", "ipairs", "load", "loadfile", "next", "pairs", "pcall",
  "print", "rawequal", "rawget", "rawlen", "rawset", "select", "setmetatable", "tonumber", "tostring", "type",
  "_VERSION", "xpcall", "coroutine", "require", "package", "string", "utf8", "table", "math", "io", "os", "debug",
  "FORMAT", "PANDOC_READER_OPTIONS", "PANDOC_WRITER_OPTIONS", "PANDOC_VERSION", "PANDOC_API_VERSION",
  "PANDOC_STATE", "pandoc", "lpeg", "re",
}

local function run(document, script)
  local known = { PANDOC_SCRIPT_FILE = script }
  for _, name in ipairs(NAMES) do known[name] = _G[name] end
  local filters = assert(loadfile(script, "bt", setmetatable({}, { __index = known })))()
  for _, functions in ipairs(#filters > 0 and filters or { filters }) do document = document:walk(functions) end
  return document
end

function Pandoc(document)
  document = document:walk({ Inlines = shortcodes })
  for _, script in ipairs(values.filters) do document = run(document, script) end
  return document
end
"""


def main(arguments: list[str]) -> int:
    if arguments == ["--version"]:
        print(VERSION)
    elif arguments[1:] == ["--version"]:
        print({"pandoc": f"pandoc {pypandoc.get_pandoc_version()}", "typst": f"typst {version('typst')}"}[arguments[0]])
    elif arguments[0] == "render" and arguments[2:] == ["--to", "typst"]:
        return render(Path(arguments[1]).resolve())
    else:
        raise SystemExit(f"not a command of the stand-in: {arguments}")
    return 0


def render(document: Path) -> int:
    project = next(folder for folder in document.parents if (folder / "_quarto.yml").is_file())
    settings, text = merged(project, document)
    markup = document.with_suffix(".typ")
    failed = pandoc(project, document, settings, included(text, document.parent, project), markup)
    if failed:
        print(failed, file=sys.stderr)
        return 1
    print(f"[typst]: Compiling {markup.name} to {document.stem}.pdf...", end="")
    fonts = typst.Fonts(
        include_system_fonts=os.environ.get("TYPST_IGNORE_SYSTEM_FONTS") != "true",
        font_paths=[path for path in os.environ.get("TYPST_FONT_PATHS", "").split(os.pathsep) if path],
    )
    # The binding takes a date from Typst 0.15 on.
    dated = "timestamp" in inspect.signature(typst.compile).parameters
    try:
        typst.compile(
            str(markup), output=str(document.with_suffix(".pdf")), root=str(project), font_paths=fonts, format="pdf",
            pdf_standards=[str(item).lower() for item in settings.get("pdf-standard", [])],
            **({"timestamp": int(os.environ["SOURCE_DATE_EPOCH"])} if dated else {}),
        )  # fmt: skip
    except typst.TypstError as problem:
        print(f"\nerror: {problem.message}\nERROR: Typst compilation failed", file=sys.stderr)
        return 1
    if not settings.get("keep-typ"):
        markup.unlink()
    print(f"DONE\n\nOutput created: {document.stem}.pdf")
    return 0


def merged(project: Path, document: Path) -> tuple[dict[str, Any], str]:
    """Settings of a document (project, its format, front matter, its format), and its text."""
    found = re.match(r"---\n(.*?)---\n(.*)", text := document.read_text(encoding="utf-8"), re.DOTALL)
    own = yaml(found[1]) if found else {}
    settings: dict[str, Any] = {}
    for layer in (yaml((project / "_quarto.yml").read_text(encoding="utf-8")), own):
        settings |= layer | layer.get("format", {}).get("typst", {})
    return settings, found[2] if found else text


def included(text: str, folder: Path, project: Path) -> str:
    def part(found: re.Match[str]) -> str:
        path = project / found[1][1:] if found[1].startswith("/") else folder / found[1]
        content = re.sub(r"\A---\n.*?---\n", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        return included(content, path.parent, project)

    return re.sub(r"\{\{<\s*include\s+(\S+)\s*>\}\}", part, text)


def pandoc(project: Path, document: Path, settings: dict[str, Any], text: str, markup: Path) -> str:
    """Convert to Typst; returns what pandoc said where it failed."""
    scratch = project / ".quarto"
    scratch.mkdir(exist_ok=True)
    metadata = {key: value for key, value in settings.items() if key not in PANDOC | QUARTO}
    variables = project / "_variables.yml"
    known = {"meta": metadata, "var": yaml(variables.read_text(encoding="utf-8")) if variables.is_file() else {}}
    defaults = {
        "from": "markdown",
        "to": "typst",
        "standalone": True,
        "wrap": "none",
        "default-image-extension": "svg",
        "variables": {"citations": True},
        "output-file": str(markup),
        "filters": [str(scratch / "filter.lua")],
        "template": str(project / settings["template"]),
        "metadata": WORDS,
        **{key: settings[key] for key in ("toc", "toc-depth", "shift-heading-level-by") if key in settings},
    }
    (scratch / "filter.lua").write_text(FILTER, encoding="utf-8")
    values = {**texts(known), "filters": [str(project / name) for name in settings.get("filters", [])]}
    for name, content in (("values", values), ("metadata", metadata), ("defaults", defaults)):
        (scratch / f"{name}.json").write_text(json.dumps(content, default=str), encoding="utf-8")
    (scratch / "defaults.json").rename(scratch / "defaults.yaml")
    source = scratch / "input.md"
    source.write_text(text, encoding="utf-8")
    run = subprocess.run(
        [pypandoc.get_pandoc_path(), "--defaults", str(scratch / "defaults.yaml"),
         "--metadata-file", str(scratch / "metadata.json"), str(source)],
        cwd=document.parent, capture_output=True, text=True, encoding="utf-8", check=False,
        env={**os.environ, "QUARTO_PROJECT_DIR": str(project), "STAND_IN_VALUES": str(scratch / "values.json")},
    )  # fmt: skip
    return run.stderr if run.returncode else ""


def texts(content: Any) -> Any:
    """The same, with every value as a text."""
    return {key: texts(item) for key, item in content.items()} if isinstance(content, dict) else str(content)


def yaml(text: str) -> dict[str, Any]:
    return YAML(typ="safe", pure=True).load(text) or {}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
