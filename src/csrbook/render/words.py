"""Fixed words of the pages, in English: what stands on a page and comes from neither plan nor data.

:func:`csrbook.render.project.create_project` writes them, in the language of the edition, to ``results/words.json``.
Everything that makes pages reads them there: Typst (``say`` in ``report/_render/theme.typ``), the Lua filter and the
writers in Python (:func:`say`). ``{x}`` stands for what is filled in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["WORDS", "say"]

WORDS: Final[dict[str, str]] = {
    # Every page of a display
    "page": "Page {x} of {y}",
    "protocol": "Protocol {x}",
    "cutoff": "Data cut-off {x}",
    "source": "Source: {x}.",
    "program": "Program: {x}",
    "lock": "Data lock: {x}",
    "plan": "Plan: {x}",
    "continued": "(continued)",
    "at-risk": "Number at risk",
    "nothing": "No record meets the criteria of this output.",
    "separate": "This listing has {x} records on {y} pages. It is a file of its own beside this document:",
    # Contents and lists
    "contents": "Contents",
    "tables": "List of tables",
    "figures": "List of figures",
    "listings": "List of listings",
    "documents": "List of documents",
    # Links between outputs, the contents, the SAP and the program log
    "mentions": "Tables?|Figures?|Listings?|Documents?",
    "mentioned": "Mentioned on pages {x}",
    "mentioned-once": "Mentioned on page {x}",
    "on-page": "page {x}",
    "sap-section": "SAP {x}",
    "log": "Log",
    # Title page
    "cover-registry": "Registry entry",
    "cover-protocol": "Protocol",
    "cover-sponsor": "Sponsor",
    "cover-status": "Status",
    "cover-version": "SAP version",
    "cover-date": "SAP date",
    "cover-data-cutoff": "Data cut-off",
    "cover-lock": "Data lock",
    "cover-plan": "Plan",
}


def say(words: Mapping[str, str], key: str, **values: object) -> str:
    """A fixed word with its places filled in.

    Parameters
    ----------
    words : mapping
        :data:`WORDS`, or the same in another language.
    key : str
        Which of them.
    **values
        What stands for ``{x}`` and ``{y}``.
    """
    text = words[key]
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", str(value))
    return text
