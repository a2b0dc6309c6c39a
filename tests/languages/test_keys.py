"""Keys: numbers come out of a string and go back unchanged, whatever the string and its translation."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csrbook.languages.keys import abstracted, faults, filled, has_words

# Strings as pages have them, with everything that might be taken for a number, a placeholder or markup.
PIECES = st.sampled_from(
    ["12", "34.5", "1,234", "-0.5", "−3", "0.05", "1e-05", "2026-01-15", "2020-KY-140", "15 January 2026", "{1}", "{x}",
     "HER2", "C30", "T14.2.1.1", "15JAN2026", "150mg", ".5", "Median", "n", "的", "(", ")", "[]", "{.a", "}", "$", "`",
     "](", "<", ">", "≥", "±", "%", ", ", ". ", "; ", "-", "–", "/", " ", "\n", "\\", '"'],
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=14).map("".join) | st.text(max_size=40)


def digits(text: str) -> Counter[str]:
    return Counter(re.findall(r"[0-9]", text))


@given(TEXTS)
def test_a_key_with_its_numbers_put_back_is_the_string(text: str) -> None:
    key, values = abstracted(text)
    assert filled(key, values, "en") == text
    assert faults(key, key) == []


@given(TEXTS, TEXTS, st.randoms(use_true_random=False))
def test_a_sound_translation_has_the_numbers_of_its_source(text: str, translation: str, random) -> None:
    key, values = abstracted(text)
    shuffled = "译".join(random.sample(parts := re.split(r"(?<=\})|(?=\{)", key), len(parts)))
    for candidate in (translation, shuffled, key.replace("Median", "中位数")):
        if not faults(key, candidate):
            done = filled(candidate, values, "en")
            assert digits(done) == digits(text)
            assert Counter(v for v in values if done.count(v) >= 1) == Counter(values)


@pytest.mark.parametrize(
    ("text", "key", "numbers"),
    [
        ("Median (95% CI)", "Median ({1}% CI)", ("95",)),
        ("difference -0.5 (−1.2 to 0.3)", "difference {1} ({2} to {3})", ("-0.5", "−1.2", "0.3")),
        ("weeks 6-8", "weeks {1}-{2}", ("6", "8")),
        ("HER2 and C30, T14.2.1.1", "HER2 and C30, T14.2.1.1", ()),
        ("first 07DEC2022, last 15JAN2026", "first {1}, last {2}", ("07DEC2022", "15JAN2026")),
        ("Table 14.2.1.1, 1,234 records.", "Table {1}, {2} records.", ("14.2.1.1", "1,234")),
        ("Protocol 2020-KY-140 of 2026-01-15", "Protocol {1} of {2}", ("2020-KY-140", "2026-01-15")),
        ("an error of 8e-05", "an error of {1}", ("8e-05",)),
        ("lock Lf9fd625fffbd, sha256:9f3c1e7ab02d", "lock {1}, sha256:{2}", ("Lf9fd625fffbd", "9f3c1e7ab02d")),
        ("On 15 January 2026", "On {1}", ("15 January 2026",)),
        ('[]{.ard output="T1" stat="ci"} of 5', '[]{.ard output="T1" stat="ci"} of {1}', ("5",)),
        (r"[Table\ 14.1](#t-14-1), $x_1 = 2$, `f(3)`", r"[Table\ {1}](#t-14-1), $x_1 = 2$, `f(3)`", ("14.1",)),
    ],
)
def test_what_counts_as_a_number(text: str, key: str, numbers: tuple[str, ...]) -> None:
    assert abstracted(text) == (key, numbers)


def test_a_date_is_written_as_the_language_writes_it() -> None:
    key, values = abstracted("Version of 15 January 2026")
    assert filled("{1}版", values, "zh") == "2026年1月15日版"
    assert filled(*abstracted("45 January 2026"), "zh") == "45 January 2026"
    assert key == "Version of {1}"


@pytest.mark.parametrize("text", ["12 (34.5)", "NE", "HER2", "sha256:9f3c1e7ab02d", "analyses/primary/pfs.py",
                                  "T14.2.1.1", "22NOV2023", "–", "n (%)", "USUBJID, AVISITN", "FUL+PYR"])  # fmt: skip
def test_codes_and_numbers_need_no_translation(text: str) -> None:
    assert not has_words(abstracted(text)[0])


@pytest.mark.parametrize(
    "text", ["Yes", "Age (years)", "SIMULATED DATA", "HER2 status", "a or b", "FIRST-LINE METASTATIC"]
)
def test_words_need_a_translation(text: str) -> None:
    assert has_words(abstracted(text)[0])


@pytest.mark.parametrize(
    ("key", "translation", "fault"),
    [
        ("Week {1} of {2}", "第{1}周", "placeholder missing: {2}"),
        ("Week {1}", "第{1}周，共{1}周", "placeholder too many: {1}"),
        ("Page {x} of {y}", "第{x}页", "placeholder missing: {y}"),
        ("Week {1}", "第{1}周 (7天)", "digits too many: 7"),
        ("HER2 status", "HER 状态", "digits missing: 2"),
        ("≥{1} years", "{1}岁", "sign missing: ≥"),
        ('See []{.plan key="a"}.', '见 []{.plan key="b"}。', 'markup missing: []{.plan key="a"}'),
        ("[here](#t-1)", "[这里](#t-2)", "markup missing: ](#t-1)"),
        ("where $x$ is", "其中 $y$ 为", "markup missing: $x$"),
    ],
)
def test_a_translation_that_changes_what_must_stay_is_named(key: str, translation: str, fault: str) -> None:
    assert fault in faults(key, translation)
