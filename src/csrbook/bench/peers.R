# Fits of R's survival and nlme on the data that workloads.py wrote. One command a line: a task and how many fits.
# Answers with the processor seconds and the estimates.
suppressMessages({library(survival); library(nlme)})
folder <- commandArgs(trailingOnly = TRUE)[1]
columns <- function(name, k) {
  path <- file.path(folder, paste0(name, ".f64"))
  matrix(readBin(path, "double", file.size(path) / 8), ncol = k)
}
control <- coxph.control()
fit <- function(x, time, event, strata, rows) {
  coxph.fit(x, Surv(time, event), strata, NULL, NULL, control, NULL, "efron", rows)$coefficients
}
trial <- columns("trial", 4)
n <- nrow(trial)
time <- trial[, 1]; event <- trial[, 2]; arm <- trial[, 3, drop = FALSE]; stratum <- as.integer(trial[, 4])
frame <- data.frame(time = time, event = event, arm = trial[, 3], stratum = stratum)
rows <- as.character(seq_len(n))
imputed_time <- columns("imputed_time", n)
imputed_event <- columns("imputed_event", n)
marker <- columns("marker", 1)[, 1]
repeated <- as.data.frame(columns("repeated", 5))
names(repeated) <- c("y", "id", "visit", "arm", "base")
repeated$arm <- factor(repeated$arm)
repeated$week <- factor(repeated$visit)

tasks <- list(
  coxph = function(i) {
    coef(coxph(Surv(time, event) ~ arm + strata(stratum), frame[sample.int(n, n, TRUE), ]))
  },
  coxph.fit = function(i) {
    drawn <- sample.int(n, n, TRUE)
    fit(arm[drawn, , drop = FALSE], time[drawn], event[drawn], stratum[drawn], rows)
  },
  refit = function(i) fit(arm, imputed_time[i, ], imputed_event[i, ], stratum, rows),
  interaction = function(i) {
    m <- marker
    for (cell in cells) m[cell] <- marker[cell[sample.int(length(cell))]]
    fit(cbind(arm[, 1], m, arm[, 1] * m), time, event, stratum, rows)[3]
  },
  gls = function(i) {
    model <- gls(y ~ arm * week + base * week, repeated, correlation = corSymm(form = ~ visit | id),
                 weights = varIdent(form = ~ 1 | week), control = glsControl(msMaxIter = 500))
    -2 * as.numeric(logLik(model))
  }
)
cells <- split(seq_len(n), list(stratum, arm[, 1]), drop = TRUE)
input <- file("stdin")
open(input)
repeat {
  line <- readLines(input, 1)
  if (!length(line)) break
  words <- strsplit(line, " ")[[1]]
  if (startsWith(words[1], "single_")) {
    data <- columns(words[1], 4)
    x <- data[, 3, drop = FALSE]; s <- as.integer(data[, 4]); names <- as.character(seq_len(nrow(data)))
    task <- function(i) fit(x, data[, 1], data[, 2], s, names)
  } else {
    task <- tasks[[words[1]]]
  }
  count <- as.integer(words[2])
  values <- numeric(count)
  before <- proc.time()
  for (i in seq_len(count)) values[i] <- task(i)
  seconds <- sum((proc.time() - before)[1:2])
  cat(sprintf("%.17g", c(seconds, values)), "\n")
  flush(stdout())
}
