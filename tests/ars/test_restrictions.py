"""Which records enter the analyses of the trial's own catalogue, read from its rows."""

from __future__ import annotations

import pytest

from csrbook.ars.conditions import Variables
from csrbook.ars.identifiers import Identifiers
from csrbook.ars.restrictions import restrictions
from csrbook.ars.subsets import Subsets
from tests.analyses.trial import trial_plan

NAMES = ["TRTEMFL", "ATOXGRN", "AREL", "AREL1", "CQ01NAM", "AESER", "AEACN1", "AEACN2", "AEOUT", "PARAMCD", "ONTRTFL"]
NAMES += ["CMCAT", "DVIMPFL", "PPEXFL", "DTHFL", "ATOXGRL", "ATOXGRH", "EOTSTT", "EOSSTT"]
KINDS = {
    dataset: dict.fromkeys(NAMES, "text")
    for dataset in ("ADSL", "ADAE", "ADCM", "ADDV", "ADLB", "ADVS", "ADEG", "ADMH")
}


def subset(output_id, dataset, analysis_id, parameter=""):
    subsets = Subsets(Variables(KINDS), {}, Identifiers())
    declared = restrictions(trial_plan().catalogue.output(output_id))
    subsets.find(dataset, parameter, next((r for r in declared if r.applies(dataset, analysis_id)), None))
    return [item.name for item in subsets.subsets]


@pytest.mark.parametrize(
    ("output", "dataset", "analysis", "expected"),
    [
        ("T14.1.2.4", "ADDV", "DVCAT.ANY", "ADDV.DVIMPFL EQ Y"),
        ("T14.1.2.4", "ADDV", "EXCLUDING.OVERALL.ANY", "ADDV.PPEXFL EQ Y"),
        ("T14.1.3.4", "ADCM", "CLASS.CMCLAS.ANY", "ADCM.CMCAT EQ PRIOR ANTICANCER THERAPY"),
        ("T14.3.1.1", "ADAE", "SERIOUS", "ADAE.TRTEMFL EQ Y"),
        ("T14.3.1.2", "ADAE", "AEDECOD.ANY", "ADAE.TRTEMFL EQ Y"),
        ("T14.3.1.3", "ADAE", "OVERALL.G3_5", "ADAE.TRTEMFL EQ Y and ADAE.ATOXGRN GE 3"),
        ("T14.3.1.4", "ADAE", "PYROTINIB.AEDECOD.ANY", "ADAE.TRTEMFL EQ Y and ADAE.AREL1 EQ RELATED"),
        ("T14.3.1.8", "ADAE", "EVENTS.SERIOUS", "ADAE.TRTEMFL EQ Y"),
        ("F14.3.1.10", "ADAE", "PREVALENCE.ANY", "ADAE.TRTEMFL EQ Y and ADAE.CQ01NAM NE missing"),
        (
            "F14.3.1.10",
            "ADAE",
            "DURATION.G3_5",
            "ADAE.TRTEMFL EQ Y and ADAE.CQ01NAM NE missing and ADAE.ATOXGRN GE 3",
        ),
        ("F14.3.1.11", "ADAE", "AEDECOD.ANY", "ADAE.TRTEMFL EQ Y"),
        ("T14.3.2.1", "ADAE", "FATAL.AEDECOD.ANY", "ADAE.TRTEMFL EQ Y and ADAE.AEOUT EQ FATAL"),
        ("L14.3.2.3", "ADAE", "LISTED", "ADAE.AESER EQ Y"),
        ("L14.3.2.4", "ADAE", "LISTED", "(ADAE.AEACN1 EQ DRUG WITHDRAWN or ADAE.AEACN2 EQ DRUG WITHDRAWN)"),
        ("T14.3.4.2", "ADLB", "SHIFT.NEUT_L", "ADLB.PARAMCD EQ NEUT"),
        ("T14.3.4.4", "ADEG", "QTCF.GT_500", "ADEG.PARAMCD EQ QTCF and ADEG.ONTRTFL EQ Y"),
        ("T14.3.5.1", "ADVS", "VISIT.WEIGHT", "ADVS.PARAMCD EQ WEIGHT"),
    ],
)
def test_the_records_of_an_analysis_are_those_of_its_row(output, dataset, analysis, expected):
    assert subset(output, dataset, analysis) == [expected]


@pytest.mark.parametrize(
    ("output", "dataset", "analysis"),
    [
        # The column sizes, a row without conditions, patients under observation, and a flag that a program derives.
        ("T14.3.1.1", "ADSL", "SUBJECTS"),
        ("T14.1.3.5", "ADMH", "MHDECOD.ANY"),
        ("F14.3.1.10", "ADAE", "AT_RISK"),
        ("L14.3.3.1", "ADSL", "LISTED"),
        ("T14.1.1.1", "ADSL", "TREATED"),
    ],
)
def test_an_analysis_of_all_records_has_no_subset(output, dataset, analysis):
    assert subset(output, dataset, analysis) == []


def test_every_row_of_the_catalogue_can_be_read():
    assert sum(bool(restrictions(output)) for output in trial_plan().catalogue.outputs) > 25
