"""Other languages than English: translations of what is printed, from PO files.

Knows no trial and no page: it takes the content of displays, of the plan and of documents, and gives the same content
in another language. Numbers are never part of a translation (:mod:`csrbook.languages.keys`).
"""

from __future__ import annotations

from csrbook.languages.catalogue import read_catalogue, update_catalogue
from csrbook.languages.displays import translate_display, translate_plan, translate_texts
from csrbook.languages.documents import documents_to_translate, named_texts, translate_document
from csrbook.languages.translations import Translations, catalogue_path, load_translations

__all__ = [
    "Translations",
    "catalogue_path",
    "documents_to_translate",
    "load_translations",
    "named_texts",
    "read_catalogue",
    "translate_display",
    "translate_document",
    "translate_plan",
    "translate_texts",
    "update_catalogue",
]
