"""The second programs in R find the maximum of a Cox model whatever the size of the trial."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

RSCRIPT = shutil.which("Rscript")
PROGRAM = Path(__file__).parents[2] / "qc" / "r" / "survival_estimates.R"

# Trials of 5,000 patients in days, four strata: the score where each fit stopped, which is zero at the maximum.
SCORES = """
setting <- function(...) "0.025"
source(commandArgs(trailingOnly = TRUE))
if (!with_survival) quit(status = 77)
options(warn = 2)
for (seed in 1:4) {
  set.seed(seed)
  arm <- rep(0:1, 2500)
  stratum <- sample(4, 5000, TRUE)
  event <- ceiling(rexp(5000, 0.002 * exp(-0.2 * arm)))
  censored <- ceiling(runif(5000, 100, 900))
  time <- pmin(event, censored) / 30.4375
  fit <- coxph(Surv(time, event <= censored) ~ arm + strata(stratum), control = exact())
  cat(sum(residuals(fit, "score")), "\\n")
}
"""


@pytest.mark.skipif(RSCRIPT is None, reason="needs R")
def test_r_stops_at_the_maximum_of_a_large_likelihood() -> None:
    assert RSCRIPT is not None
    done = subprocess.run([RSCRIPT, "-e", SCORES, str(PROGRAM)], capture_output=True, text=True, check=False)
    if done.returncode == 77:
        pytest.skip("needs R's package survival")
    assert done.returncode == 0, done.stderr
    scores = [abs(float(line)) for line in done.stdout.split()]
    assert len(scores) == 4
    assert max(scores) < 1e-9
