"""Errors in response rates, durations of response and tumour sizes."""

from __future__ import annotations

from tools.mutations.mutation import Mutation

__all__ = ["MUTATIONS"]

MUTATIONS = (
    Mutation(
        "wrong denominator",
        "response rate of the evaluable",
        "src/csrbook/displays/response.py",
        "int(responded[found.arm == position].sum()), found.sizes[position]",
        ('int(responded[found.arm == position].sum()), int((found.category[found.arm == position] != "NE").sum())'),
        ("T14.2.4.3",),
    ),
    Mutation(
        "one-sided for two-sided",
        "Clopper-Pearson limits with all of alpha on either side",
        "src/csrbook/stats/proportions.py",
        "half = (1.0 - confidence_level(confidence)) / 2.0",
        "half = 1.0 - confidence_level(confidence)",
        ("T14.2.4.5",),
    ),
    Mutation(
        "wrong weights",
        "strata weigh by their size",
        "src/csrbook/stats/risk_difference.py",
        "fixed = [n1 * n0 / (n1 + n0) for",
        "fixed = [float(n1 + n0) for",
        ("T14.2.4.3",),
    ),
    Mutation(
        "n for n - 1",
        "the variance of Cochran-Mantel-Haenszel divides by n³",
        "src/csrbook/stats/contingency.py",
        "(total[k] ** 2 * (total[k] - 1.0))",
        "total[k] ** 3",
        ("T14.2.4.5",),
    ),
    Mutation(
        "wrong test statistic",
        "Cochran-Mantel-Haenszel with a continuity correction",
        "src/csrbook/stats/contingency.py",
        "confidence: float = 0.95, correct: bool = False,",
        "confidence: float = 0.95, correct: bool = True,",
        ("T14.2.4.3",),
    ),
    Mutation(
        "wrong record selection",
        "best response by the independent review",
        "analyses/secondary/objective_response.py",
        'records["EVAL"] == chosen.evaluator',
        'records["EVAL"] != chosen.evaluator',
        ("T14.2.4.3",),
    ),
    Mutation(
        "wrong parameter",
        "unconfirmed for confirmed best response",
        "analyses/secondary/objective_response.py",
        'records["PARAMCD"] == chosen.paramcd)',
        'records["PARAMCD"] == chosen.paramcd.removeprefix("C"))',
        ("T14.2.4.3",),
    ),
    Mutation(
        "wrong denominator",
        "responders as a percentage of the responders",
        "analyses/secondary/response_duration.py",
        "times.subjects, every.subjects, analysis_id",
        "times.subjects, times.subjects, analysis_id",
        ("T14.2.4.6",),
    ),
    Mutation(
        "last for best",
        "the last change for the best",
        "analyses/secondary/tumour_changes.py",
        'BEST=("CHANGE", "min")',
        'BEST=("CHANGE", "last")',
        ("F14.2.4.7",),
    ),
    Mutation(
        "< for <=",
        "changes of exactly the threshold do not count",
        "src/csrbook/displays/tumour_plots.py",
        "values <= threshold",
        "values < threshold",
        ("F14.2.4.7",),
    ),
    Mutation(
        "wrong record selection",
        "sums after a new therapy or without all lesions are kept",
        "analyses/secondary/tumour_changes.py",
        'adtr = adtr[Selection(adtr, "ADTR")(chosen.where)]',
        'adtr = adtr[Selection(adtr, "ADTR")(chosen.where[:1])]',
        ("F14.2.4.8",),
    ),
    Mutation(
        "wrong denominator",
        "milestones as a percentage of all patients",
        "analyses/secondary/swimmer.py",
        "groups.tally(codes[seen]), sizes, analysis_id",
        "groups.tally(codes[seen]), everyone, analysis_id",
        ("F14.2.4.9",),
    ),
    Mutation(
        "dropped zero row",
        "categories that nobody has are left out",
        "src/csrbook/displays/response.py",
        "for category in (*planned, *others):",
        "for category in sorted(set(found.category[here])):",
        ("T14.2.4.4",),
    ),
)
