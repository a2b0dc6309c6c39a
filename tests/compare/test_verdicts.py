"""Each verdict of a comparison, on frames of a few rows."""

from __future__ import annotations

import pandas as pd
import pytest

from csrbook.compare import Allowance, Selection, Waiver, compare_ards
from csrbook.errors import ComparisonError, ProgramError, UsageError
from tests.compare.frames import production, qc

NAN = float("nan")


def verdicts(comparison) -> dict[str, str]:
    return dict(zip(comparison.frame["stat_name"], comparison.frame["verdict"], strict=True))


def test_equal_numbers_match_and_the_comparison_is_ok():
    result = compare_ards(
        production(("T1.1", "n", 163, "163"), ("T1.1", "hr", 0.9, "0.900")),
        qc(("T1.1", "hr", 0.9), ("T1.1", "n", 163)),
    )
    assert verdicts(result) == {"n": "matched", "hr": "matched"}
    assert result.ok
    result.require_agreement()


def test_each_verdict_on_one_pair_of_frames():
    result = compare_ards(
        production(
            ("T1.1", "n", 163, "163"),
            ("T1.1", "hr", 0.9000, "0.900"),
            ("T1.1", "lower", 0.7, "0.700"),
            ("T1.1", "p", 0.1, "0.1000"),
            ("T1.1", "p", 0.1, "0.1000"),
        ),
        qc(("T1.1", "n", 163), ("T1.1", "hr", 0.9004), ("T1.1", "upper", 1.2), ("T1.1", "p", 0.1)),
    )
    assert verdicts(result) == {
        "n": "matched",
        "hr": "different",
        "lower": "missing",
        "p": "duplicated",
        "upper": "extra",
    }
    assert not result.ok
    assert result.summary.to_dict("records") == [
        {
            "output": "T1.1",
            "compared": 2,
            "matched": 1,
            "different": 1,
            "missing": 1,
            "extra": 1,
            "duplicated": 1,
            "waived": 0,
            "printed": 0,
            "worst": pytest.approx(0.0444444, abs=1e-6),
        }
    ]


def test_a_number_given_twice_by_qc_alone_is_duplicated_not_extra():
    result = compare_ards(
        production(("T1.1", "n", 5, "5")),
        qc(("T1.1", "n", 5), ("T1.1", "hr", 1.0), ("T1.1", "hr", 1.0)),
    )
    assert verdicts(result) == {"n": "matched", "hr": "duplicated"}
    assert not result.ok


def test_not_estimable_on_both_sides_matches_and_on_one_side_does_not():
    result = compare_ards(
        production(("T1.1", "median", NAN, "NE"), ("T1.1", "upper", NAN, "NE"), ("T1.1", "lower", 3.0, "3.0")),
        qc(("T1.1", "median", NAN), ("T1.1", "upper", 20.0), ("T1.1", "lower", NAN)),
    )
    assert verdicts(result) == {"median": "matched", "upper": "different", "lower": "different"}
    assert result.frame["prints_differently"].tolist() == ["no", "yes", "yes"]


def test_difference_and_percent_have_the_sign_of_qc_minus_production():
    row = compare_ards(production(("T1.1", "hr", 0.8, "0.800")), qc(("T1.1", "hr", 0.6))).frame.iloc[0]
    assert row["difference"] == pytest.approx(-0.2)
    assert row["percent"] == pytest.approx(-25.0)


def test_percent_of_zero_is_missing():
    row = compare_ards(production(("T1.1", "n", 0, "0")), qc(("T1.1", "n", 1))).frame.iloc[0]
    assert row["verdict"] == "different"
    assert row["percent"] != row["percent"]


def test_outputs_outside_the_declared_scope_are_counted_and_not_missing():
    rows = (("T1.1", "n", 5, "5"), ("T9.9", "n", 7, "7"), ("T9.9", "hr", 1.0, "1.00"))
    declared = compare_ards(production(*rows), qc(("T1.1", "n", 5)), scope=["T1.1"])
    assert declared.ok
    assert declared.out_of_scope == 2
    undeclared = compare_ards(production(*rows), qc(("T1.1", "n", 5)))
    assert undeclared.failures["output_id"].tolist() == ["T9.9", "T9.9"]
    assert undeclared.failures["verdict"].tolist() == ["missing", "missing"]


def test_rows_of_text_hold_no_number_and_are_not_compared():
    both = pd.concat(
        [production(("T1.1", "n", 5, "5")), production(("T1.1", "reason", NAN, "PD"), unit="text")], ignore_index=True
    )
    result = compare_ards(both, qc(("T1.1", "n", 5)))
    assert result.ok
    assert result.texts == 1


def test_an_output_in_scope_without_a_number_is_not_ok():
    result = compare_ards(production(("T1.1", "n", 5, "5")), qc(("T1.1", "n", 5)), scope=["T1.1", "T2.2"])
    assert not result.ok
    with pytest.raises(ComparisonError, match=r"T2\.2"):
        result.require_agreement()


def test_nothing_compared_is_not_ok():
    assert not compare_ards(production(), qc()).ok


def test_a_qc_program_that_gives_another_output_than_its_scope_is_caught():
    result = compare_ards(production(("T1.1", "n", 5, "5")), qc(("T1.1", "n", 5), ("T2.2", "n", 5)), scope=["T1.1"])
    assert result.frame["verdict"].tolist() == ["matched", "extra"]
    assert result.scope == ("T1.1", "T2.2")


def test_all_keys_tell_numbers_apart_not_the_statistic_alone():
    left = production(("T1.1", "n", 163, "163"), ("T1.1", "n", 164, "164"))
    left["group1_level"] = ["A", "B"]
    right = qc(("T1.1", "n", 163), ("T1.1", "n", 164))
    right["group1_level"] = ["B", "A"]
    assert compare_ards(left, right).frame["verdict"].tolist() == ["different", "different"]


def test_the_order_of_rows_does_not_matter_to_the_result():
    left = production(("T1.1", "n", 1, "1"), ("T1.1", "hr", 2, "2"), ("T1.1", "p", 3, "3"))
    right = qc(("T1.1", "p", 3), ("T1.1", "n", 1), ("T1.1", "hr", 2.5), ("T1.1", "x", 0))
    turned = compare_ards(left, right.iloc[::-1].reset_index(drop=True))
    assert compare_ards(left, right).frame.equals(turned.frame)


def test_a_lost_key_column_is_a_program_error():
    with pytest.raises(ProgramError, match="variable_level"):
        compare_ards(production(("T1.1", "n", 5, "5")), qc(("T1.1", "n", 5)).drop(columns="variable_level"))


def test_a_planted_difference_is_an_error_with_both_values_and_exit_code_1():
    result = compare_ards(
        production(("T14.2.1.1", "hr", 0.8465, "0.847"), ("T14.2.1.1", "n", 163, "163")),
        qc(("T14.2.1.1", "hr", 0.8565), ("T14.2.1.1", "n", 163)),
    )
    with pytest.raises(ComparisonError) as raised:
        result.require_agreement()
    assert raised.value.exit_code == 1
    assert raised.value.what == "double programming does not agree: 1 different of 2 numbers"
    line = next(line for line in str(raised.value).splitlines() if line.lstrip().startswith("T14.2.1.1"))
    assert line.split() == ["T14.2.1.1", "hr", "different", "0.8465", "0.8565", "0.01", "1.18", "yes"]


def test_the_error_lists_no_more_than_asked_for():
    rows = [(f"T1.{i}", "n", i, str(i)) for i in range(1, 31)]
    result = compare_ards(production(*rows), qc(*((o, s, v + 1) for o, s, v, _ in rows)))
    with pytest.raises(ComparisonError) as raised:
        result.require_agreement(limit=3)
    listed = [line for line in str(raised.value).splitlines() if " different " in line and line.startswith("T1.")]
    assert [line.split()[0] for line in listed] == ["T1.1", "T1.2", "T1.3"]
    assert "... and 27 more" in str(raised.value)


def test_the_table_of_a_good_comparison_has_one_line_an_output():
    result = compare_ards(
        production(("T1.1", "n", 5, "5"), ("T2.2", "hr", 0.5, "0.50")), qc(("T1.1", "n", 5), ("T2.2", "hr", 0.5))
    )
    lines = [" ".join(line.split()) for line in result.table().splitlines()]
    assert lines[3:] == ["T1.1 1 1 0 0 0 0 0 0 0", "T2.2 1 1 0 0 0 0 0 0 0", "All 2 2 0 0 0 0 0 0 0"]


def test_a_tolerance_for_one_statistic_leaves_the_others_strict():
    result = compare_ards(
        production(("T1.1", "hr", 1.0, "1.00"), ("T1.1", "se", 1.0, "1.00")),
        qc(("T1.1", "hr", 1.0001), ("T1.1", "se", 1.0001)),
        allowances=[Allowance(Selection({"stat_name": ("hr",)}), relative=1e-3, absolute=0.0)],
    )
    assert verdicts(result) == {"hr": "matched", "se": "different"}


def test_the_first_allowance_that_fits_holds():
    pair = production(("T1.1", "hr", 1.0, "1.00")), qc(("T1.1", "hr", 1.0001))
    wide = Allowance(Selection({"stat_name": ("hr",)}), relative=1e-3, absolute=0.0)
    narrow = Allowance(Selection({"output_id": ("T1.1",)}), relative=1e-6, absolute=0.0)
    assert compare_ards(*pair, allowances=[wide, narrow]).ok
    assert not compare_ards(*pair, allowances=[narrow, wide]).ok


def test_a_waiver_admits_its_numbers_and_no_others_and_is_told():
    waiver = Waiver(
        Selection({"output_id": ("T1.1",), "stat_name": ("hr",)}), "other tie rule", "A. Name", "2026-01-15"
    )
    result = compare_ards(
        production(("T1.1", "hr", 1.0, "1.00"), ("T1.1", "se", 1.0, "1.00")),
        qc(("T1.1", "hr", 1.1), ("T1.1", "se", 1.1)),
        waivers=[waiver],
    )
    assert verdicts(result) == {"hr": "different", "se": "different"}
    assert result.failures["stat_name"].tolist() == ["se"]
    assert result.frame["waiver"].tolist() == ["other tie rule (A. Name, 2026-01-15)", ""]
    assert result.summary["waived"].tolist() == [1]
    assert compare_ards(production(("T1.1", "hr", 1.0, "1.00")), qc(("T1.1", "hr", 1.1)), waivers=[waiver]).ok


def test_a_waiver_of_what_agrees_changes_nothing():
    waiver = Waiver(Selection({"stat_name": ("hr",)}), "none needed", "A. Name", "2026-01-15")
    result = compare_ards(production(("T1.1", "hr", 1.0, "1.00")), qc(("T1.1", "hr", 1.0)), waivers=[waiver])
    assert result.frame["waiver"].tolist() == [""]


def test_a_selection_by_what_is_no_key_is_refused():
    with pytest.raises(UsageError, match="statistic"):
        Selection({"statistic": ("hr",)})


@pytest.mark.parametrize(
    ("left", "right", "code"),
    [
        ([("n", 1)], [("n", 1)], 0),
        ([("n", 1), ("p", 1)], [("n", 1)], 64),
        ([("n", 1)], [("n", 1), ("p", 1)], 128),
        ([("n", 1)], [("n", 2)], 4096),
        ([("n", 1), ("p", 1), ("q", 1)], [("n", 2), ("p", 1)], 64 + 4096),
        ([("n", 1), ("n", 1)], [("n", 1)], 32768),
        ([("n", 1), ("m", NAN)], [("n", 1), ("m", 3)], 4096),
    ],
)
def test_the_return_code_is_that_of_sysinfo(left, right, code):
    result = compare_ards(
        production(*(("T1.1", name, value, str(value)) for name, value in left)),
        qc(*(("T1.1", name, value) for name, value in right)),
    )
    assert result.return_code == code


def test_words_are_compared_where_the_second_side_has_words():
    first = production(("D1", "EVNTDESC", NAN, "DEATH"), ("D1", "CNSDTDSC", NAN, "LAST SCAN"), unit="text")
    second = qc(("D1", "EVNTDESC", NAN), ("D1", "CNSDTDSC", NAN)).assign(text=["DEATH", "CUT-OFF"])
    result = compare_ards(first, second)
    assert verdicts(result) == {"EVNTDESC": "matched", "CNSDTDSC": "different"}
    assert result.texts == 0
    row = result.failures.iloc[0]
    assert (row["formatted"], row["qc_text"], row["prints_differently"]) == ("LAST SCAN", "CUT-OFF", "yes")
