"""A listing of adverse events of any length, of varied texts, to time and to test the pages of listings."""

from __future__ import annotations

import random
from typing import Any, Final

__all__ = ["ROWS_OF_A_SUBJECT", "sample_listing"]

ROWS_OF_A_SUBJECT: Final = 500
DAYS_OF_A_MONTH: Final = 28

_EVENTS: Final = (
    ("Blood and lymphatic system disorders", "Neutropenia", "Low neutrophil count", "中性粒细胞计数降低"),
    ("Cardiac disorders", "Sinus bradycardia", "Slow pulse, asymptomatic", "窦性心动过缓"),
    ("Gastrointestinal disorders", "Diarrhoea", "Watery stool", "腹泻（水样便）"),
    ("Gastrointestinal disorders", "Mouth ulceration", "Ulcer of the mouth", "口腔溃疡"),
    ("General disorders and administration site conditions", "Injection site induration", "Hard skin", "注射部位硬结"),
    ("Infections and infestations", "Nasopharyngitis", "Common cold", "鼻咽炎"),
    ("Investigations", "Alanine aminotransferase increased", "ALT 3.2×ULN", "丙氨酸氨基转移酶升高"),
    ("Metabolism and nutrition disorders", "Hypokalaemia", "Potassium 3.1 mmol/L", "低钾血症"),
    ("Skin and subcutaneous tissue disorders", "Palmar-plantar erythrodysaesthesia", "Hand-foot", "手足综合征"),
)  # fmt: skip
_REMARKS: Final = (
    "loperamide {n} mg was given from day {n} on",
    "seen by the cardiologist, ejection fraction {n}%",
    "laboratory control after {n} days",
    "the patient's diary mentions {n} episodes a night",
    "dose resumed at the reduced level (visit {n})",
    "no treatment needed",
)
_REMARKS_IN_CHINESE: Final = (
    "第{n}天起口服洛哌丁胺，症状缓解；",
    "门诊随访（第{n}次），未见异常。",
    "患者自述夜间腹泻{n}次，乏力明显，",
    "血钾{n}.2 mmol/L，予口服氯化钾治疗、复查。",
)
_HEADINGS: Final = ("Subject", "Age/\nsex", "System organ class", "Preferred term", "Reported term",
                    "Start date\n(day)", "Grade /\nserious", "Comment")  # fmt: skip
_WIDTHS: Final = (0.9, 0.5, 3.3, 2.2, 1.8, 1.6, 0.8, 3.1)


def sample_listing(rows: int, seed: int = 1) -> dict[str, Any]:
    """Display JSON of a listing of adverse events.

    Parameters
    ----------
    rows : int
        Records; every subject has 500 of them, 1 in 20 in Chinese, 1 in 10 with a long comment.
    seed : int
        Of the random numbers: the same rows for the same number.

    Returns
    -------
    dict
        As :meth:`csrbook.displays.model.Display.to_dict` gives it.
    """
    rng = random.Random(seed)  # noqa: S311 - a fixed sequence is wanted
    return {
        "schema": "csrbook-display/1",
        "id": "L16.2.7.9",
        "anchor": "l-16-2-7-9",
        "kind": "listing",
        "number": "Listing 16.2.7.9",
        "title": "Adverse Events by Patient",
        "population": "Safety Set",
        "section": "16.2.7 Adverse Event Listings (Each Patient)",
        "footnotes": ["Grade by CTCAE 5.0. Coded by MedDRA 27.1. Day 1 is the day of the first dose."],
        "sources": ["ADaM.ADAE", "ADaM.ADSL"],
        "program": "analyses/safety/adverse_events.py",
        "protocol": "2020-KY-140",
        "sponsor": "A Sponsor",
        "status": "SIMULATED DATA",
        "data_cutoff": "15JAN2026",
        "lock": "sha256:" + "9f3c1e7ab02d9f3c" * 4,
        "language": "en",
        "double_programming": "",
        "columns": [{"width": width, "align": "left"} for width in _WIDTHS],
        "header": [[{"text": text, "colspan": 1, "rowspan": 1, "align": "left", "rule": False} for text in _HEADINGS]],
        "rows": [{"cells": _record(number, rng), "label": "", "kind": "row", "indent": 0} for number in range(rows)],
        "group_by": 1,
        "figure": None,
        "alt": "",
        "numbers": {},
    }


def _record(number: int, rng: random.Random) -> list[str]:
    subject, record = divmod(number, ROWS_OF_A_SUBJECT)
    organ_class, term, reported, chinese = rng.choice(_EVENTS)
    is_chinese = rng.random() < 0.05
    day, month = rng.randrange(1, DAYS_OF_A_MONTH), rng.choice(("JAN", "MAY", "AUG", "OCT"))
    started = f"{day:02d}{month}{2021 + rng.randrange(4)} ({record + 1})"
    grade = f"{rng.randrange(1, 5)} / {'Y' if rng.random() < 0.1 else 'N'}"
    remarks = _REMARKS_IN_CHINESE if is_chinese else _REMARKS
    length = rng.randrange(3, 7) if rng.random() < 0.1 else rng.randrange(2)
    said = [rng.choice(remarks).format(n=rng.randrange(1, 60)) for _ in range(length)]
    comment = "".join(said) if is_chinese else "; ".join(said).capitalize()
    identifier = f"{subject % 40 + 1:03d}-{subject // 40 + 1:04d}"
    sex = f"{30 + subject * 7 % 50}/F"
    return [identifier, sex, organ_class, term, chinese if is_chinese else reported, started, grade, comment]
