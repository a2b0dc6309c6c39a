"""Where a line may break: what Latin and Chinese text needs of Unicode Standard Annex 14, as Typst applies it."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["BREAK_HERE", "units"]

BREAK_HERE: Final = "\0"
"""A blank without width: a break is allowed after it. It is no character of any text."""

# Classes of characters by a letter each; what is not here follows from Unicode's categories (`_class_of`).
_CHARACTERS: Final = {
    "S": f" {BREAK_HERE}",
    "B": "\t|\u00ad‐‒–‧\u2056\u2058\u2059\u205a\u205b\u205d\u205e\u205f",  # break after
    "H": "-",
    "L": "—⸺⸻",  # two break opportunities
    "Y": "/",
    "I": ",.:;\u037e\u0589\u2044︐︓︔",  # infix separator
    "E": "!?！？﹖﹗︕︖",  # exclamation
    "O": "¡¿",  # opening punctuation, like category Ps
    "C": "}、。，．､｡，︑︒﹐﹒",  # closing punctuation
    "P": ")]",  # closing parenthesis
    "q": "“‘‛‟«‹",  # initial and final quotation marks
    "p": "”’»›",
    "Q": "\"'",
    "G": "\u00a0\u2007\u2011\u202f\u034f",  # glue
    "W": "\u2060\ufeff",
    "Z": "\u200b",
    "X": "․‥…⋯︙",  # inseparable
    "F": "´ˈˌ˟",  # break before
    "N": "〜〻〼ゝゞヽヾ゠・･：；﹔﹕‼‽⁇⁈⁉々ーｰﾞﾟ"  # nonstarter
    "ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶ",
    "R": "$+\\£¤¥±№−∓₠₡₢₣₤₥₦₨₩₪₫€₭₮₯₰₱₲₳₴₵₷₸₹₺₼₽₿＄￡￥￦﹩",  # prefix of a number
    "T": "%¢°‰‱′″‴‵‶‷₧₶₻₾℃℉％￠﹪",  # postfix
}
_CLASS_OF_CATEGORY: Final = {"Nd": "D", "Ps": "O", "Pe": "C", "Mn": "M", "Me": "M", "Mc": "M", "Zs": "B"}

# After each class, the classes before which a line may break where no blank stands between.
_DIRECT: Final = {
    "C": "OoDAFLK",
    "P": "OoFLK",
    "N": "OoRTDAFLK",
    "E": "OoRTDAFLK",
    "X": "OoRTDAFLK",
    "L": "OoRTDAFK",
    "B": "OoGRTDAFLK",
    "H": "OoGRTAFLK",
    "Y": "OoRTAFLK",
    "I": "OoRTFLK",
    "R": "RTFL",
    "T": "RTFLK",
    "D": "oFLK",
    "A": "oFLK",
    "M": "oFLK",
    "K": "OoRDAFLK",
    "Z": "OoCPQqpGNEYIRTDABHFLXK",
    "S": "OoQqpGNRTDABHFLXKM",
}
_ALLOWED: Final = frozenset(before + after for before, afters in _DIRECT.items() for after in afters)
# The places to look at: beside anything but letters and digits.
_CANDIDATE: Final = re.compile("(?<=[^ADMS])(?=[^S])|(?<=[ADM])(?=[oFLK])|(?<=S)(?=[^S])")
# Most texts: words that break nowhere, one blank between two of them.
_WORD: Final = r"\(?[A-Za-z0-9]++%?(?:[.,:;'][A-Za-z0-9]++%?)*+\)?[.,:;]?"
_PLAIN: Final = re.compile(f"(?:{_WORD} )*+{_WORD}")
# Blanks that hold together what stands on both sides.
_GLUED: Final = re.compile("(?<=[Oo])S+|(?:(?<=^q)|(?<=[OoQqpGS]q))S+|(?<=[CP])S+(?=N)|(?<=L)S+(?=L)")
# A final quotation mark that ends its text follows a blank on one line.
_FINAL: Final = re.compile("S+(?=p(?:[SGWCQqpPEIYZ]|$))")


def units(text: str, language: str) -> Sequence[str]:
    """Parts of a text that no line break divides, each with the blanks that follow it.

    Parameters
    ----------
    text : str
        Without line breaks of its own.
    language : str
        In Chinese (``zh``) double quotation marks are like brackets.

    References
    ----------
    Unicode Standard Annex 14, Unicode Line Breaking Algorithm, revision 51.
    """
    if _PLAIN.fullmatch(text):
        *words, last = text.split(" ")
        return [*(f"{word} " for word in words), last]
    classes = _FINAL.sub(_hold, _GLUED.sub(_hold, text.translate(_classes(language))))
    places = [match.start() for match in _CANDIDATE.finditer(classes)]
    breaks = [place for place in places if 0 < place < len(text) and classes[place - 1 : place + 1] in _ALLOWED]
    return [text[start:end] for start, end in pairwise([0, *breaks, len(text)])]


def _hold(blanks: re.Match[str]) -> str:
    return "W" * len(blanks[0])


class _Classes(dict[int, str]):
    """Class of a character by its code, found once."""

    def __init__(self, characters: dict[str, str]) -> None:
        super().__init__({ord(c): letter for letter, members in characters.items() for c in members})

    def __missing__(self, code: int) -> str:
        found = self[code] = _class_of(chr(code))
        return found


@cache
def _classes(language: str) -> _Classes:
    quotes = {"q": "‘‛‟«‹", "p": "’»›", "o": "“", "P": ")]”"} if language == "zh" else {}
    return _Classes(_CHARACTERS | quotes)


def _class_of(character: str) -> str:
    category = unicodedata.category(character)
    is_wide = unicodedata.east_asian_width(character) in "WF"
    if category == "Ps":
        return "o" if is_wide else "O"
    if category in _CLASS_OF_CATEGORY and not (is_wide and category == "Nd"):
        return _CLASS_OF_CATEGORY[category]
    if category == "Sc":
        return "R"
    return "K" if is_wide else "A"
