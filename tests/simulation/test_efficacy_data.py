"""ADTR, ADRS and ADTTE agree with each other; progression is found again here from the lesions alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest


def progression_from_lesions(adtr: pd.DataFrame) -> pd.Series:
    """Date of the first progression by RECIST 1.1, written anew with frames and loops over ADTR."""
    found: dict[str, float] = {}
    for subject, rows in adtr.groupby("USUBJID"):
        dates = [rows.loc[(rows["TRGRP"] == "NEW") | (rows["AVALC"] == "UNEQUIVOCAL PROGRESSION"), "ADT"].min()]
        targets = rows[rows["PARAMCD"] == "LDIAM"]
        lesions = targets["TRLNKID"].nunique()
        smallest = np.inf
        for date, visit in targets.groupby("ADT"):
            if len(visit) < lesions:
                continue
            total = visit["AVAL"].sum()
            if total >= 1.2 * smallest - 1e-9 and total >= smallest + 5:
                dates.append(date)
                break
            smallest = min(smallest, total)
        if not np.all(np.isnan(dates)):
            found[subject] = np.nanmin(dates)
    return pd.Series(found)


@pytest.fixture(scope="module")
def primary(trial):
    return trial["ADTTE"].query("PARAMCD == 'PFSINV'").set_index("USUBJID")


def test_progression_follows_from_the_lesions(trial, primary):
    recomputed = progression_from_lesions(trial["ADTR"])
    events = primary.loc[primary["EVNTDESC"] == "PD", "ADT"]
    assert len(events) > 150
    pd.testing.assert_series_equal(events.sort_index(), recomputed.sort_index(), check_names=False)


def test_no_scan_follows_progression(trial, primary):
    last = trial["ADRS"].query("PARAMCD == 'OVRINV'").groupby("USUBJID")["ADT"].max()
    progressed = primary.index[primary["EVNTDESC"] == "PD"]
    assert (last[progressed] == primary.loc[progressed, "ADT"]).all()


def test_sums_are_the_sums_of_the_diameters(trial):
    adtr = trial["ADTR"]
    parts = adtr.query("PARAMCD == 'LDIAM'").groupby(["USUBJID", "ADT"])["AVAL"].sum()
    sums = adtr.query("PARAMCD == 'SDIAM'").set_index(["USUBJID", "ADT"])["AVAL"]
    assert (sums == parts[sums.index]).all()


def test_targets_are_those_that_recist_allows(trial):
    base = trial["ADTR"].query("PARAMCD == 'LDIAM' and ABLFL == 'Y'")
    assert base.groupby("USUBJID").size().max() <= 5
    assert base.groupby(["USUBJID", "TRLOC"]).size().max() <= 2
    node = base["LNODEFL"] == "Y"
    assert (base.loc[node, "AVAL"] >= 15).all()
    assert (base.loc[~node, "AVAL"] >= 10).all()


def test_scans_keep_the_calendar_schedule(trial, plan):
    visits = trial["ADRS"].query("PARAMCD == 'OVRINV' and SCHDT == SCHDT")
    assert ((visits["ADT"] - visits["SCHDT"]).abs() <= plan.study.scan_window_days).all()


def test_progression_free_survival_does_not_outlast_survival(trial):
    wide = trial["ADTTE"].pivot_table(index="USUBJID", columns="PARAMCD", values="ADT")
    for parameter in [name for name in wide if name.startswith("PFS")] + ["TTF", "CNSPD"]:
        assert (wide[parameter] <= wide["OS"]).all(), parameter
    # the second progression does not precede the first
    event = trial["ADTTE"].query("PARAMCD == 'PFSINV' and EVNTDESC == 'PD'")["USUBJID"]
    assert (wide.loc[event, "PFS2"] >= wide.loc[event, "PFSINV"]).all()


def test_each_endpoint_has_its_subjects(trial):
    adsl, counts = trial["ADSL"], trial["ADTTE"]["PARAMCD"].value_counts()
    responders = trial["ADRS"].query("PARAMCD == 'CBOR' and AVALC in ['CR', 'PR']")["USUBJID"].nunique()
    expected = dict.fromkeys(counts.index, 326) | {"DOR": responders, "TTR": responders}
    expected |= {"TTDIAR": (adsl["SAFFL"] == "Y").sum(), "TTHFS": (adsl["SAFFL"] == "Y").sum()}
    expected["TTDQL2"] = (adsl["QOLEVFL"] == "Y").sum()
    assert counts.to_dict() == expected
    assert len(counts) == 17


def test_every_source_record_holds_the_date(trial):
    sequence = {"ADRS": "RSSEQ", "ADTR": "TRSEQ", "ADAE": "AESEQ", "ADQS": "QSSEQ", "ADCM": "CMSEQ"}
    rows = trial["ADTTE"]
    assert set(rows["SRCDOM"]) == {"ADSL", *sequence}
    for (domain, variable), part in rows.groupby(["SRCDOM", "SRCVAR"]):
        if domain == "ADSL":
            dates = trial["ADSL"].set_index("USUBJID")[variable].reindex(part["USUBJID"])
        else:
            source = trial[domain].set_index(["USUBJID", sequence[domain]])[variable]
            dates = source.reindex(pd.MultiIndex.from_frame(part[["USUBJID", "SRCSEQ"]]))
        assert (dates.to_numpy() == part["ADT"].to_numpy()).all(), (domain, variable)


def test_sensitivity_analyses_lose_events_or_gain_them_as_they_should(large):
    events = large["ADTTE"].query("CNSR == 0")["PARAMCD"].value_counts()
    assert events["PFSFDA"] < events["PFSMISS"] < events["PFSINV"] < events["PFSNACT"]
    assert events["PFSPP"] < events["PFSINV"] < events["PFSSYMP"]
    assert events["PFSSCH"] == events["PFSINV"]


def test_competing_events_are_censored_for_the_event_of_interest(trial):
    rows = trial["ADTTE"]
    assert ((rows["COMPEV"] == 1) == (rows["CNSR"] == 0)).all()
    competing = rows[rows["COMPEV"] == 2]
    assert set(competing["PARAMCD"]) == {"CNSPD", "TTDQL2", "TTDIAR", "TTHFS"}
    assert (competing["CNSR"] == 1).all()
