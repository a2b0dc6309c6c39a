"""Encodings of text: UTF-8 unless another is declared, and never guessed."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, Final

from csrbook.errors import TransferError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["UTF_8", "decoded", "known_encoding"]

UTF_8: Final = "utf-8"

KNOWN: Final = frozenset(
    {
        "utf-8", "ascii", "iso8859-1", "iso8859-2", "iso8859-9", "iso8859-15", "cp1250", "cp1251", "cp1252", "cp1254",
        "gb2312", "gbk", "gb18030", "big5", "cp950", "shift_jis", "cp932", "euc_jp", "euc_kr", "cp949",
    }
)  # fmt: skip
"""Python's names of the encodings that SAS sessions write; every one holds ASCII as it is."""


def known_encoding(name: str, where: str) -> str:
    """Python's name of a declared encoding.

    Parameters
    ----------
    name : str
        Such as ``UTF-8``, ``latin-1``, ``windows-1252`` or ``GBK``.
    where : str
        Where it is declared.

    Raises
    ------
    TransferError
        It is none of the encodings that are converted.
    """
    try:
        found = codecs.lookup(name.strip()).name
    except (LookupError, ValueError):
        found = ""
    if found not in KNOWN:
        raise TransferError(
            f"{name[:40]!r} is no encoding that is read", where, "declare UTF-8, latin-1, windows-1252, GBK or GB18030"
        )
    return found


def decoded(words: Iterable[bytes], encoding: str, where: str) -> list[str]:
    """Texts of a declared encoding.

    Raises
    ------
    TransferError
        A text is not of this encoding.
    """
    texts = []
    for word in words:
        try:
            texts.append(word.decode(encoding))
        except UnicodeDecodeError as error:
            raise TransferError(
                f"the text {word.rstrip()[:60]!r} is not {encoding.upper()}",
                where,
                "ask for the file again with UTF-8 text, or declare its encoding in dictionary.csv "
                "(columns dataset and encoding)",
            ) from error
    return texts
