"""Errors in patient-reported outcomes, and in the numbers of the listings."""

from __future__ import annotations

from tools.mutations.mutation import Mutation

__all__ = ["MUTATIONS"]

DISPLAYS = "src/csrbook/displays"
STATS = "src/csrbook/stats"

SCORES = (
    Mutation(
        "wrong denominator",
        "forms received are in percent of the set, not of those expected",
        f"{DISPLAYS}/completion.py",
        'add_counts(ard, groups, forms, wanted, analysis_id="RECEIVED", **keys)',
        'add_counts(ard, groups, forms, sizes, analysis_id="RECEIVED", **keys)',
        ("T14.2.5.1",),
    ),
    Mutation(
        "wrong date variable",
        "a form is expected up to the latest of the dates that end a patient's trial, not the earliest",
        f"{DISPLAYS}/completion.py",
        "subjects[list(chosen.until)].min(axis=1)",
        "subjects[list(chosen.until)].max(axis=1)",
        ("T14.2.5.1",),
    ),
    Mutation(
        "wrong time origin",
        "the weeks of expected forms count from the first dose, not from randomisation",
        f"{DISPLAYS}/completion.py",
        'start: str = "RANDDT"',
        'start: str = "TRTSDT"',
        ("T14.2.5.1",),
    ),
    Mutation(
        "wrong sign",
        "differences of least-squares means are control less test",
        f"{STATS}/mmrm.py",
        "{cell: 1.0, reference: -1.0}",
        "{cell: -1.0, reference: 1.0}",
        ("T14.2.5.2",),
    ),
    Mutation(
        "wrong variable",
        "the model is of the score, not of its change from baseline",
        f"{DISPLAYS}/repeated_measures.py",
        'used["CHG"].to_numpy(dtype=float),\n            used["USUBJID"]',
        'used["AVAL"].to_numpy(dtype=float),\n            used["USUBJID"]',
        ("F14.2.5.5",),
    ),
    Mutation(
        "wrong model",
        "the effect of the baseline score does not differ by visit",
        f"{DISPLAYS}/repeated_measures.py",
        'by_visit=("BASE",),',
        "by_visit=(),",
        ("T14.2.5.2",),
    ),
    Mutation(
        "unstratified for stratified",
        "the stratification factors are not in the model",
        f"{DISPLAYS}/repeated_measures.py",
        "factors=factors,",
        "factors={},",
        ("T14.2.5.2",),
    ),
    Mutation(
        "wrong covariance",
        "visits of a patient are equally correlated: compound symmetry, not unstructured",
        f"{DISPLAYS}/repeated_measures.py",
        "fit = fitted(chosen.covariance, (), chosen.method)",
        'fit = fitted("CS", (), chosen.method)',
        ("F14.2.5.5",),
    ),
    Mutation(
        "wrong standard error",
        "standard errors lack the adjustment of Kenward and Roger",
        f"{DISPLAYS}/repeated_measures.py",
        "fit = fitted(chosen.covariance, (), chosen.method)",
        'fit = fitted(chosen.covariance, (), "satterthwaite")',
        ("T14.2.5.2",),
    ),
    Mutation(
        "wrong degrees of freedom",
        "the degrees of freedom come from the expected information, not from the observed",
        f"{STATS}/mmrm_fit.py",
        'd.observed if information == "observed" else d.expected',
        "d.expected",
        ("T14.2.5.2",),
    ),
    Mutation(
        "wrong likelihood",
        "maximum likelihood: the residual variance lacks the term for the estimated coefficients",
        f"{STATS}/_reml.py",
        "k_fit + k_residuals - data.subjects",
        "k_residuals - data.subjects",
        ("T14.2.5.2",),
    ),
    Mutation(
        "wrong weights",
        "least-squares means weigh the strata as observed, not equally",
        f"{STATS}/mmrm.py",
        'visits: Sequence[Any] | None = None,\n    weights: str = "equal",',
        'visits: Sequence[Any] | None = None,\n    weights: str = "observed",',
        ("T14.2.5.2",),
    ),
    Mutation(
        "duplicated records counted",
        "the baseline score counts once a visit, not once a patient",
        f"{DISPLAYS}/repeated_measures.py",
        'base = mine.dropna(subset=["BASE"]).drop_duplicates("USUBJID")',
        'base = mine.dropna(subset=["BASE"])',
        ("T14.2.5.3",),
    ),
    Mutation(
        "wrong arm",
        "the shift for the test arm falls on the control arm",
        f"{STATS}/pattern_mixture.py",
        "np.where(codes == reference_code, float(own), float(test))",
        "np.where(codes == reference_code, float(test), float(own))",
        ("T14.2.5.6",),
    ),
    Mutation(
        "wrong record selection",
        "the shift falls on every value imputed, also before a later observed one",
        f"{STATS}/pattern_mixture.py",
        "dropped = last < position",
        "dropped = np.isnan(y[:, position])",
        ("T14.2.5.6",),
    ),
    Mutation(
        "wrong degrees of freedom",
        "Rubin's degrees of freedom take the complete data for infinitely many",
        f"{STATS}/pattern_mixture.py",
        "confidence=self._confidence, df_complete=self._df)",
        "confidence=self._confidence)",
        ("T14.2.5.6",),
    ),
    Mutation(
        "wrong variance",
        "values after dropout are imputed without residual variation",
        f"{STATS}/_visit_imputation.py",
        "mean + regression.sigma[:, None] * z[:, rows, j]",
        "mean",
        ("T14.2.5.6",),
    ),
    Mutation(
        "wrong variance",
        "Rubin's variance between imputations is not enlarged by 1 + 1/m",
        f"{STATS}/rubin.py",
        "total = within + extra",
        "total = within + between",
        ("T14.2.5.6",),
    ),
)

LISTINGS = (
    Mutation(
        "events counted for subjects",
        "the number of patients listed is the number of records",
        f"{DISPLAYS}/listing.py",
        'one_each = ~records.duplicated("USUBJID")',
        'one_each = records["USUBJID"].notna()',
        ("L14.3.2.3",),
    ),
    Mutation(
        "wrong record selection",
        "a record is listed only where all of the reasons to list it hold",
        f"{DISPLAYS}/record_listing.py",
        '!= "").any(axis=1)',
        '!= "").all(axis=1)',
        ("L14.3.3.1",),
    ),
    Mutation(
        "wrong record selection",
        "only the first record of each patient is listed",
        f"{DISPLAYS}/record_listing.py",
        '*chosen.sort], kind="stable", ignore_index=True)',
        '*chosen.sort], kind="stable", ignore_index=True).drop_duplicates("USUBJID")',
        ("L16.2.2.1",),
    ),
    Mutation(
        "wrong record selection",
        "patients who live are listed among the deaths: the conditions of the listing are not applied",
        f"{DISPLAYS}/record_listing.py",
        "Selection(records, chosen.dataset)(chosen.where, chosen.any_of)",
        "Selection(records, chosen.dataset)((), chosen.any_of)",
        ("L14.3.2.2",),
    ),
)

MUTATIONS = (*SCORES, *LISTINGS)
