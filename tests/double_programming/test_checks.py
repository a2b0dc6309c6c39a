"""The verdict over all checks: status of each output, words, return code, and when final pages are refused."""

from __future__ import annotations

import pytest

from csrbook.compare import Tolerance
from csrbook.double_programming.certificate import certificate
from csrbook.double_programming.checks import NOTHING, Check, Rulebook, Verification, page_text
from csrbook.errors import ComparisonError, UsageError
from csrbook.plan.double_programming import DifferenceWaiver, DoubleProgramming, NumberTolerance, QcFindings

from .small import ard, numbers

WAIVER = DifferenceWaiver(
    numbers={"output_id": ("T1.1",), "stat_name": ("hr",)}, reason="tie rule", name="A. Name", date="2026-01-15"
)


def rulebook(*waivers, **plan):
    return Rulebook.of(DoubleProgramming(**plan), QcFindings(waivers=waivers))


def check(subject, first, second, rules=None, **options):
    part = options.get("part", False)
    comparison = (rules or rulebook()).compare(ard(*first), numbers(*second), (subject,), part=part)
    return Check(subject, f"qc/{subject}.py", "B. Second", "2026-01-15", "NumPy", "own kernels", comparison, part)


GOOD = [("T1.1", "n", 5), ("T1.1", "hr", 0.9)]
BAD = [("T1.1", "n", 5), ("T1.1", "hr", 0.8)]


@pytest.mark.parametrize(
    ("checks", "status"),
    [
        ([], "none"),
        ([check("T1.1", GOOD, GOOD)], "matched"),
        ([check("T1.1", GOOD, BAD)], "different"),
        ([check("T1.1", GOOD, GOOD[:1])], "different"),
        ([check("T1.1", GOOD[:1], GOOD)], "different"),
        ([check("T1.1", GOOD, BAD, rulebook(WAIVER))], "waived"),
        ([check("T1.1", GOOD, GOOD, rulebook(WAIVER))], "matched"),
        ([check("T1.1", GOOD, GOOD), check("T1.1", GOOD, BAD)], "different"),
        ([check("T1.1", GOOD, GOOD[:1], part=True)], "none"),
        ([check("T1.1", GOOD, GOOD), check("T1.1", GOOD, GOOD[:1], part=True)], "matched"),
        ([check("T1.1", GOOD, GOOD), check("T1.1", GOOD, BAD[1:], part=True)], "different"),
    ],
)
def test_the_status_of_an_output_is_that_of_its_worst_check(checks, status):
    verification = Verification(("T1.1",), tuple(checks))
    assert verification.statuses == {"T1.1": status}
    assert verification.complete is (status in ("matched", "waived"))


def test_nothing_compared_is_not_agreement():
    verification = Verification(("T1.1",), ())
    assert verification.agrees is None
    assert verification.verdict == NOTHING
    verification.require_agreement()
    with pytest.raises(ComparisonError, match=r"(?s)not yet double-programmed: T1\.1"):
        verification.require_completeness()


def test_a_difference_is_raised_with_the_number_and_told_in_the_verdict():
    verification = Verification(("T1.1", "T2.2"), (check("T1.1", GOOD, BAD),))
    assert verification.agrees is False
    assert verification.verdict == "1 numbers of 1 outputs agree; 1 DO NOT"
    assert verification.return_code == 4096
    with pytest.raises(ComparisonError, match="hr"):
        verification.require_agreement()
    with pytest.raises(ComparisonError, match=r"(?s)DIFFERENT: T1\.1.*not yet double-programmed: T2\.2"):
        verification.require_completeness()


def test_numbers_of_a_part_and_of_datasets_are_counted_apart():
    derived = check("ADSL", [("ADSL", "AGE", 3)], [("ADSL", "AGE", 3)])
    checks = (check("T1.1", GOOD, GOOD), check("T1.1", GOOD, GOOD[:1], part=True), derived)
    verification = Verification(("T1.1",), checks)
    assert verification.verdict == "2 numbers of 1 outputs agree, 1 of them in R too; 1 values of ADSL"
    assert verification.statuses == {"T1.1": "matched", "ADSL": "matched"}


def test_return_codes_are_joined_bit_by_bit():
    checks = (check("T1.1", GOOD, BAD), check("T2.2", [("T2.2", "n", 1)], [("T2.2", "n", 1), ("T2.2", "x", 1)]))
    assert Verification(("T1.1", "T2.2"), checks).return_code == 4096 + 128


def test_tolerances_of_the_plan_hold():
    wide = NumberTolerance(numbers={"stat_name": ("hr",)}, relative=0.2, absolute=0.0, reason="Monte Carlo")
    assert check("T1.1", GOOD, BAD, rulebook(tolerances=(wide,))).comparison.ok
    assert not check("T1.1", GOOD, BAD, rulebook(relative=1e-3)).comparison.ok
    assert Rulebook.of(DoubleProgramming(relative=0.5), QcFindings()).tolerance == Tolerance(0.5, 1e-10)


def test_a_tolerance_for_what_is_no_key_is_refused():
    wrong = NumberTolerance(numbers={"statistic": ("hr",)}, relative=0.2, absolute=0.0, reason="slip")
    with pytest.raises(UsageError, match="statistic"):
        rulebook(tolerances=(wrong,))


def test_pages_state_the_status_as_a_sentence():
    assert page_text("matched") == "Double-programmed and matched"
    assert page_text("none") == "Not yet double-programmed"


def test_the_certificate_lists_differences_waivers_and_findings():
    verification = Verification(("T1.1",), (check("T1.1", GOOD, BAD, rulebook(WAIVER)),))
    content = certificate(verification, DoubleProgramming(), QcFindings(waivers=(WAIVER,)), "A. First", {"R": "none"})
    assert content["outputs"]["T1.1"]["status"] == "waived"
    (made,) = content["outputs"]["T1.1"]["checks"]
    assert (made["compared"], made["matched"], made["different"], made["waived"]) == (2, 1, 1, 1)
    assert made["worst_percent"] == pytest.approx(100 / 9)
    assert content["waivers"][0]["admits"] == 1
    (row,) = content["differences"]
    assert row["name"].endswith("hr; waived: tie rule (A. Name, 2026-01-15)")
    assert (row["production"], row["qc"]) == ("0.9", "0.8")
