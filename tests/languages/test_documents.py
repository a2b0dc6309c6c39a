"""Prose: blocks are translated, and what makes a document stays as it was."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pypandoc
import pytest

from csrbook.languages import Translations, documents_to_translate, named_texts, translate_document

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(path for room in ("sap", "report") for path in (ROOT / room).glob("*.qmd"))

SOURCE = """\
---
title: "A plan"
subtitle: "Of 5 parts"
cover: [protocol, plan]
---

# 1 Introduction

This is a *paragraph* that runs
over two lines, with []{.plan key="a.b"} and $x_1 = 2$.

$$
text = 5
$$

where all is well.

::: {.tlf src="T1"}
:::

- First item
  on two lines
- Second item

> Quoted on
> two lines

Term
:   What it means,
    in two lines.

```
code stays
```

{{< include _part.qmd >}}
"""

CHINESE = {
    "A plan": '一份 "计划"',
    "Of {1} parts": "共{1}部分",
    "{1} Introduction": "{1} 引言",
    'This is a *paragraph* that runs over two lines, with []{.plan key="a.b"} and $x_1 = 2$.':
        '本*段*有 []{.plan key="a.b"} 和 $x_1 = 2$。',
    "where all is well.": "其中一切正常。",
    "First item on two lines": "第一项",
    "Second item": "第二项",
    "Quoted on two lines": "引用",
    "Term": "术语",
    "What it means, in two lines.": "其含义。",
}  # fmt: skip

EXPECTED = """\
---
title: "一份 \\"计划\\""
subtitle: "共5部分"
cover: [protocol, plan]
---

# 1 引言 {#introduction}

本*段*有 []{.plan key="a.b"} 和 $x_1 = 2$。

$$
text = 5
$$

其中一切正常。

::: {.tlf src="T1"}
:::

- 第一项
- 第二项

> 引用

术语
:   其含义。

```
code stays
```

{{< include _part.qmd >}}
"""


def test_a_document_is_translated_block_by_block() -> None:
    chinese = Translations("zh", CHINESE)
    assert translate_document(SOURCE, chinese, "plan.qmd") == EXPECTED
    assert not chinese.missing
    assert chinese.used == set(CHINESE)


def test_headings_keep_the_names_that_links_lead_to() -> None:
    source = "# 1 The *rules*: A/B-test\n\n## Rules\n\n## Rules\n\n# Own {#own}\n"
    names = {"{1} The *rules*: A/B-test": "规则", "Rules": "规", "Own {#own}": "自 {#own}"}
    done = pandoc(translate_document(source, Translations("zh", names), "a.qmd"))
    assert [heading["c"][1][0] for heading in done["blocks"]] == [
        heading["c"][1][0] for heading in pandoc(source)["blocks"]
    ]


def test_a_changed_paragraph_shows_as_missing_and_stays_english() -> None:
    chinese = Translations("zh", CHINESE)
    done = translate_document(SOURCE.replace("all is well", "all is changed"), chinese, "plan.qmd")
    assert "where all is changed." in done
    assert chinese.missing == {"where all is changed.": {"plan.qmd": None}}


def test_the_texts_and_tables_that_a_document_names() -> None:
    assert named_texts(SOURCE + '\n::: {.plan-table src="sets"}\n:::\n') == {"a.b", "sets"}


def test_a_document_that_states_its_language_stays_with_what_it_alone_includes() -> None:
    sources = {
        "report/a.qmd": "{{< include _both.qmd >}}\n{{< include _own.qmd >}}",
        "report/methods.qmd": "---\nlang: en\n---\n\n{{< include _both.qmd >}}\n{{< include _methods.qmd >}}",
        "report/_both.qmd": "",
        "report/_own.qmd": "",
        "report/_methods.qmd": "lang: no front matter",
    }
    assert documents_to_translate(sources) == ["report/a.qmd", "report/_both.qmd", "report/_own.qmd"]


def test_a_line_that_begins_with_a_number_does_not_end_a_paragraph() -> None:
    chinese = Translations("zh", {})
    translate_document("The parts are 1,\n2. and 3,\n- and no more.\n", chinese, "a.qmd")
    assert list(chinese.missing) == ["The parts are {1}, {2}. and {3}, - and no more."]


def pandoc(text: str) -> Any:
    """What pandoc reads, with line breaks in paragraphs as blanks."""
    done = subprocess.run(
        [pypandoc.get_pandoc_path(), "--from=markdown", "--to=json", "--wrap=none"],
        input=text.encode(), capture_output=True, check=True,
    )  # fmt: skip
    return json.loads(done.stdout.replace(b'{"t":"SoftBreak"}', b'{"t":"Space"}'))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_without_translations_a_document_of_the_study_means_the_same(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert pandoc(translate_document(source, Translations("zh", {}), path.name)) == pandoc(source)
