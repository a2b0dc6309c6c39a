"""Errors in imputations, permutations, windows and subgroups."""

from __future__ import annotations

from tools.mutations.mutation import Mutation

__all__ = ["MUTATIONS"]

MUTATIONS = (
    Mutation(
        "wrong censoring",
        "times censored at the data cut-off are imputed too",
        "analyses/sensitivity/tipping.py",
        "impute = ~times.event & ~np.isin(times.status, chosen.administrative)",
        "impute = ~times.event",
        ("T14.2.2.12",),
    ),
    Mutation(
        "off-by-one day",
        "imputed times end a day before the data cut-off",
        "analyses/sensitivity/tipping.py",
        "to_numpy(dtype=np.float64) + 1.0\n",
        "to_numpy(dtype=np.float64)\n",
        ("T14.2.2.12",),
    ),
    Mutation(
        "wrong seed or stream",
        "each block of imputations has a seed, not a stream, of its own",
        "src/csrbook/stats/_imputation_trial.py",
        "np.random.SeedSequence(trial.seed, spawn_key=(block,))",
        "np.random.SeedSequence(trial.seed + block)",
        ("T14.2.2.12",),
    ),
    Mutation(
        "dropped term",
        "variance between imputations without 1 + 1/m",
        "src/csrbook/stats/rubin.py",
        "extra = (1.0 + 1.0 / m) * between",
        "extra = between",
        ("T14.2.2.12",),
    ),
    Mutation(
        "n for n - 1",
        "the variance between imputations divides by m",
        "src/csrbook/stats/rubin.py",
        "q.var(ddof=1)",
        "q.var()",
        ("T14.2.2.12",),
    ),
    Mutation(
        "wrong sign",
        "the factor divides the hazard",
        "src/csrbook/stats/_imputation_trial.py",
        "draws / np.array(deltas)",
        "draws * np.array(deltas)",
        ("T14.2.2.12",),
    ),
    Mutation(
        "wrong record selection",
        "the cut is the median of all times, not of the events",
        "src/csrbook/stats/_imputation_trial.py",
        "np.quantile(t[d], [0.5])",
        "np.quantile(t, [0.5])",
        ("T14.2.2.12",),
    ),
    Mutation(
        "wrong sign",
        "the p-value against the margin is that of the other side",
        "analyses/sensitivity/tipping.py",
        "against.p / 2.0 if against.t < 0.0 else",
        "against.p / 2.0 if against.t > 0.0 else",
        ("T14.2.2.12",),
    ),
    Mutation(
        "wrong statistic",
        "windows at their mean, not median",
        "src/csrbook/stats/stepp_windows.py",
        "float(np.median(part))",
        "float(np.mean(part))",
        ("F14.2.3.3",),
    ),
    Mutation(
        "wrong denominator",
        "the permutation p-value leaves out the trial itself",
        "src/csrbook/stats/stepp.py",
        "return float(statistic[0]), reached / len(statistic)",
        "return float(statistic[0]), (reached - 1) / len(permuted)",
        ("F14.2.3.3",),
    ),
    Mutation(
        "wrong confidence level",
        "the band has the limits of each window alone",
        "src/csrbook/stats/stepp.py",
        "band_upper=estimate + critical * se",
        "band_upper=estimate + half",
        ("F14.2.3.3",),
    ),
    Mutation(
        "< for <=",
        "the cut belongs to the lower subgroup",
        "src/csrbook/displays/subgroups.py",
        "number < factor.cut",
        "number <= factor.cut",
        ("T14.2.3.2",),
    ),
    Mutation(
        "wrong test statistic",
        "the likelihood-ratio statistic is not doubled",
        "src/csrbook/stats/interaction.py",
        "chi2 = max(2.0 * (full.loglik - without.loglik), 0.0)",
        "chi2 = max(full.loglik - without.loglik, 0.0)",
        ("T14.2.3.2",),
    ),
    Mutation(
        "dropped term",
        "the model without interaction has no main effect of the factor",
        "src/csrbook/stats/interaction.py",
        "without = cox(t, d, main,",
        "without = cox(t, d, treated,",
        ("T14.2.3.2",),
    ),
)
