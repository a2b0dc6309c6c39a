"""``python -m tools.operating_characteristics``: what the decision does at each true hazard ratio."""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from tabulate import tabulate

from csrbook.plan import load_plan
from csrbook.stats.operating_characteristics import operating_characteristics
from csrbook.stats.proportions import clopper_pearson
from simulation.parameters import read_parameters
from tools.operating_characteristics.databases import DECISION, ROOT, Decided, decide, per_protocol_share
from tools.operating_characteristics.planned_trial import BENCHMARK, BENCHMARK_RULE, planned, required

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from csrbook.plan.models import Plan
    from csrbook.stats.operating_characteristics import OperatingCharacteristics
    from csrbook.stats.parallel import Progress

FURTHER: Final = (1.15, 1.0, 0.9)
# Results of the benchmark in another program (10,000 to 270,000 trials).
KNOWN: Final = {1.30: 0.0252, 1.00: 0.717, 11 / 13: 0.984}
_WHAT: Final = ("Margin", "Lesser loss", "No difference", "Lesser gain", "Planned")


def main(arguments: list[str] | None = None) -> int:
    """Exit 0, or 1 where the rejection rate at the margin is above alpha by more than 3 Monte Carlo errors."""
    parser = argparse.ArgumentParser(prog="python -m tools.operating_characteristics", description=__doc__)
    parser.add_argument("--trials", type=int, default=10_000, metavar="N", help="trials a row (default 10000)")
    parser.add_argument("--databases", type=int, default=1000, metavar="N", help="databases a row (default 1000)")
    parser.add_argument("--workers", type=int, default=1, metavar="N", help="processes (default 1)")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the page into a Markdown file too")
    options = parser.parse_args(arguments)
    if min(options.trials, options.databases) < 2 or options.workers < 1:
        parser.error("trials and databases are whole numbers from 2, workers from 1")
    plan = load_plan(ROOT)
    rule, size = required(plan)
    share = round(per_protocol_share(), 3)
    assumptions, decision = planned(plan, read_parameters(ROOT / "sap" / "simulation.yaml"), share)
    seed, workers = plan.study.seeds["dry_run"], options.workers
    ratios = (rule.margin, *FURTHER, size.true_hazard_ratio)
    rows = [
        operating_characteristics(assumptions, decision, ratio, trials=options.trials, seed=seed, workers=workers)
        for ratio in ratios
    ]
    known = [
        operating_characteristics(
            BENCHMARK, BENCHMARK_RULE, ratio, trials=10 * options.trials, seed=seed, workers=workers
        )
        for ratio in KNOWN
    ]
    whole = [
        decide(ratio, options.databases, workers=workers, progress=_progress(f"hazard ratio {ratio:.3f}"))
        for ratio in ratios
    ]
    text = _page(plan, options, share, rows, list(zip(ratios, whole, strict=True)), known)
    print(text)
    if options.write:
        options.write.write_text(text, encoding="utf-8", newline="\n")
    at_margin = rows[0].noninferior_each[0]
    limit = rule.alpha_one_sided + 3.0 * math.sqrt(rule.alpha_one_sided / at_margin.trials)
    return int(at_margin.estimate > limit)


def _page(
    plan: Plan,
    options: argparse.Namespace,
    share: float,
    rows: list[OperatingCharacteristics],
    whole: list[tuple[float, Decided]],
    known: list[OperatingCharacteristics],
) -> str:
    rule, size = required(plan)
    strata = " × ".join(s.label.lower() for s in plan.study.strata)
    return f"""\
# Operating characteristics of the trial

Made by

```sh
nox -s operating_characteristics -- --trials {options.trials} --databases {options.databases} \\
  --write docs/operating_characteristics.md
```

from `sap/study.yaml` (margin {rule.margin:.2f}, one-sided alpha {rule.alpha_one_sided:g}, {size.subjects} subjects,
{size.events} events) and `sap/simulation.yaml`. Random numbers: Philox, seed {plan.study.seeds["dry_run"]}, the same at
every hazard ratio. Limits of a simulated probability are Clopper–Pearson's, 95%. The command exits with 1 where
non-inferiority is declared at the margin more often than alpha allows (by 3 Monte Carlo standard errors).

## The planned analysis

{options.trials:,} trials a row: exponential times, control median {size.control_median:g} months over the strata
({strata}, hazards as in the simulation), uniform accrual over {size.accrual_months:g} months,
{size.dropout_per_year:.0%} lost a year, analysis at event {size.events}. The Per-Protocol Set is a random {share:.1%}
of the subjects (its share in a simulated database). Analysed by the stratified Cox model and log-rank test of
`csrbook.stats`.

{_planned_table(rows)}

- *Schoenfeld*: the formula that the sample size comes from, for the ITT alone; *difference*: simulated less formula.
- *Both sets*: the primary decision. *Superiority*: shown after non-inferiority in both sets (fixed sequence).
- *Bias*: mean log hazard ratio less the true one, with its Monte Carlo error; *coverage*: of the 95% limits.

## The whole study

{options.databases:,} complete databases a row, made by `simulation/` (Weibull times, scans every
{plan.study.scan_interval_weeks} weeks, missed scans, new therapy, deviations that define the Per-Protocol Set, site
effects, toxicity), each decided by the program of {DECISION}, so that this is the code that the page comes from. Only
the test arm's median is changed between rows.

{_whole_table(plan, whole)}

- The true hazard ratio is marginal. The stratified model estimates the one within strata, which is further from 1, and
  an event is found at the next scan. *Bias* is against the marginal one.
- *{plan.study.gate[-1].label}* is tested only after the steps before it: its own power is in the column "alone".

## Against known results

{known[0].trials:,} trials a row: 460 subjects, 3 strata, 375 events, margin 1.30, one-sided alpha 0.025. The known
results are those of another program (10,000 trials or more), which says nothing of the strata; here they hold 50%, 30%
and 20% of the subjects, with hazards 1, 1.3 and 1.7.

{_known_table(known)}
"""


def _planned_table(rows: list[OperatingCharacteristics]) -> str:
    body = []
    for what, r in zip(_WHAT, rows, strict=True):
        itt = r.noninferior_each[0]
        time = r.analysis_time
        body.append(
            (
                f"{r.hazard_ratio:.3f}", what, f"{itt.estimate:.4f}", f"{itt.lower:.4f}–{itt.upper:.4f}",
                f"{r.predicted:.4f}", f"{itt.estimate - r.predicted:+.4f} ({itt.se:.4f})",
                f"{r.noninferior.estimate:.4f}", f"{r.superior.estimate:.4f}",
                f"{r.bias:+.4f} ({r.bias_se:.4f})", f"{r.coverage.estimate:.4f}",
                f"{time.mean:.1f} ({time.quantiles[0]:.1f}–{time.quantiles[-1]:.1f})", r.short, r.trials - r.estimable,
            )
        )  # fmt: skip
    headers = (
        "True HR", "", "Non-inferior, ITT", "95% limits", "Schoenfeld", "Difference (SE)", "Both sets", "Superiority",
        "Bias of log HR (SE)", "Coverage", "Months to the events, mean (5%–95%)", "Events not reached",
        "Not estimable",
    )  # fmt: skip
    return str(tabulate(body, headers, tablefmt="github", disable_numparse=True))


def _whole_table(plan: Plan, whole: list[tuple[float, Decided]]) -> str:
    first, *later = plan.study.gate
    body = []
    for ratio, d in whole:
        error = d.log_hr - math.log(ratio)
        known = ~np.isnan(error)
        covered = np.abs(error[known]) <= 1.959963984540054 * d.se[known]
        row = [f"{ratio:.3f}"]
        row += [_share(d.criterion[first.id, name] == 1.0) for name in first.analysis_sets]
        row += [_share(d.step[first.id] == 1.0)]
        for step in later:
            row += [_share(d.step[step.id] == 1.0), _share(d.criterion[step.id, step.analysis_sets[0]] == 1.0)]
        row += [
            f"{error[known].mean():+.4f} ({error[known].std(ddof=1) / math.sqrt(known.sum()):.4f})",
            _share(covered), str(int((~known).sum())),
        ]  # fmt: skip
        body.append(row)
    headers = ["True HR", *(f"{first.id}, {name} alone" for name in first.analysis_sets), f"{first.id} shown"]
    for step in later:
        headers += [f"{step.id} shown", f"{step.id} alone"]
    headers += ["Bias of log HR (SE)", "Coverage", "Not estimable"]
    return str(tabulate(body, headers, tablefmt="github", disable_numparse=True))


def _share(hits: NDArray[np.bool_]) -> str:
    count, n = int(np.count_nonzero(hits)), len(hits)
    limits = clopper_pearson(count, n)
    return f"{count / n:.3f} ({limits.lower:.3f}–{limits.upper:.3f})"


def _known_table(known: list[OperatingCharacteristics]) -> str:
    body = [
        (
            f"{r.hazard_ratio:.3f}", f"{r.noninferior.estimate:.4f} ({r.noninferior.se:.4f})", f"{value:g}",
            f"{r.predicted:.4f}", f"{r.coverage.estimate:.4f}",
        )
        for r, value in zip(known, KNOWN.values(), strict=True)
    ]  # fmt: skip
    headers = ("True HR", "Non-inferior (SE)", "Known result", "Schoenfeld", "Coverage")
    return str(tabulate(body, headers, tablefmt="github", disable_numparse=True))


def _progress(what: str) -> Progress:
    def tell(done: int, total: int) -> None:
        if done % max(total // 10, 1) == 0 or done == total:
            print(f"{what}: {done} of {total} blocks", file=sys.stderr, flush=True)

    return tell


if __name__ == "__main__":
    sys.exit(main())
