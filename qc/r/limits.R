# Proportions, rates, their differences and agreement, by R's own tests where there is one, else by uniroot.
# A function gives a named vector of statistics; NA stands for what cannot be estimated.

# Exact limits of a proportion in percent (Clopper-Pearson): binom.test.
clopper_pearson <- function(x, n, confidence) {
  if (n == 0) return(c(estimate = NA, lower = NA, upper = NA))
  limits <- binom.test(x, n, conf.level = confidence)$conf.int
  100 * c(estimate = x / n, lower = limits[1], upper = limits[2])
}

# Zero of a function that falls or rises between two points: uniroot to the last digits.
zero <- function(f, low, high) {
  uniroot(f, c(low, high), tol = .Machine$double.eps, maxiter = 2000)$root
}

# Maximum likelihood of the control proportion where that of the test arm is larger by a given difference:
# the zero of the derivative of the log likelihood, or an end of the range.
restricted <- function(x1, n1, x0, n0, difference) {
  part <- function(count, p) if (count > 0) count / max(p, 1e-300) else 0
  slope <- function(p) {
    q <- p + difference
    part(x1, q) + part(x0, p) - part(n1 - x1, 1 - q) - part(n0 - x0, 1 - p)
  }
  low <- max(0, -difference)
  high <- min(1, 1 - difference)
  if (high <= low || slope(low) <= 0) return(low)
  if (slope(high) >= 0) return(high)
  zero(slope, low, high)
}

# Variance of the observed difference under a true one, with N / (N - 1) (Miettinen and Nurminen 1985).
restricted_variance <- function(x1, n1, x0, n0, difference) {
  p0 <- restricted(x1, n1, x0, n0, difference)
  p1 <- min(max(p0 + difference, 0), 1)
  (p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0) * (n1 + n0) / (n1 + n0 - 1)
}

# Difference over strata with Mantel-Haenszel weights, score limits and score test, as fractions of 1: by
# definition.
miettinen_nurminen <- function(x1, n1, x0, n0, confidence) {
  use <- n1 > 0 & n0 > 0
  if (!any(use)) return(c(difference = NA, lower = NA, upper = NA, z = NA, p = NA))
  x1 <- x1[use]; n1 <- n1[use]; x0 <- x0[use]; n0 <- n0[use]
  weight <- n1 * n0 / (n1 + n0)
  observed <- sum((x1 * n0 - x0 * n1) / (n1 + n0)) / sum(weight)
  variance <- function(d) {
    sum(weight^2 * mapply(restricted_variance, x1, n1, x0, n0, d)) / sum(weight)^2
  }
  limit <- function(side) {
    gap <- function(d) side * (observed - d) + qnorm((1 + confidence) / 2) * sqrt(variance(d))
    start <- if (gap(observed) > 0) observed else observed + side * 1e-12
    if (side * start >= 1 || gap(side) >= 0) return(side)
    zero(gap, min(start, side), max(start, side))
  }
  none <- variance(0)
  z <- if (none > 0) observed / sqrt(none) else NA
  c(difference = observed, lower = limit(-1), upper = limit(1), z = z, p = 2 * pnorm(-abs(z)))
}

# The same, remembered: small counts come again and again.
risk_difference <- function(x1, n1, x0, n0, confidence) {
  name <- paste(c("risk difference", x1, n1, x0, n0, confidence), collapse = " ")
  keep(name, miettinen_nurminen(x1, n1, x0, n0, confidence))
}

# Common odds ratio of test to control over strata and its test: mantelhaen.test without correction.
cochran_mantel_haenszel <- function(response, test, stratum, confidence) {
  nothing <- c(odds_ratio = NA, lower = NA, upper = NA, chi_square = NA, p = NA)
  tables <- table(factor(test, c(TRUE, FALSE)), factor(response, c(TRUE, FALSE)), stratum)
  whole <- apply(tables, 3, function(x) all(rowSums(x) > 0) && all(colSums(x) > 0))
  if (!any(whole)) return(nothing)
  tables <- tables[, , whole, drop = FALSE]
  if (dim(tables)[3] == 1) {
    # mantelhaen.test wants two strata; one with an empty margin adds nothing.
    tables <- array(c(tables, 1, 0, 0, 0), c(2, 2, 2))
  }
  fit <- mantelhaen.test(tables, correct = FALSE, conf.level = confidence)
  ratio <- unname(fit$estimate)
  limits <- if (is.finite(ratio) && ratio > 0) fit$conf.int else c(NA, NA)
  c(odds_ratio = ratio, lower = limits[1], upper = limits[2], chi_square = unname(fit$statistic),
    p = fit$p.value)
}

# Change of a status in pairs in percent with Wald limits: mcnemar.test and binom.test.
mcnemar <- function(lost, gained, pairs, confidence) {
  difference <- if (pairs > 0) (gained - lost) / pairs else NA
  none <- c(lower = NA, upper = NA, chi2 = NA, p = NA, p_exact = NA)
  if (lost + gained == 0) return(c(difference = 100 * difference, none))
  test <- mcnemar.test(matrix(c(0, gained, lost, 0), 2), correct = FALSE)
  half <- qnorm((1 + confidence) / 2) * sqrt(max(lost + gained - (gained - lost)^2 / pairs, 0)) / pairs
  limits <- 100 * c(max(difference - half, -1), min(difference + half, 1))
  exact <- binom.test(lost, lost + gained)$p.value
  c(difference = 100 * difference, lower = limits[1], upper = limits[2],
    chi2 = unname(test$statistic), p = test$p.value, p_exact = exact)
}

# Cohen's kappa with the standard error of Fleiss, Cohen and Everitt (1969): by definition.
kappa_limits <- function(first, second, levels, confidence) {
  tables <- table(factor(first, levels), factor(second, levels))
  nothing <- c(kappa = NA, lower = NA, upper = NA)
  if (sum(tables) == 0 || sum(rowSums(tables) + colSums(tables) > 0) < 2) return(nothing)
  p <- tables / sum(tables)
  row <- rowSums(p)
  column <- colSums(p)
  agreed <- sum(diag(p))
  chance <- sum(row * column)
  kappa <- (agreed - chance) / (1 - chance)
  weight <- outer(column, row, "+")
  on <- sum(diag(p) * (1 - diag(weight) * (1 - kappa))^2)
  off <- (1 - kappa)^2 * (sum(p * weight^2) - sum(diag(p) * diag(weight)^2))
  error <- sqrt((on + off - (kappa - chance * (1 - kappa))^2) / ((1 - chance)^2 * sum(tables)))
  half <- qnorm((1 + confidence) / 2) * error
  c(kappa = kappa, lower = kappa - half, upper = kappa + half)
}

# Rate with Garwood's exact limits: poisson.test.
garwood <- function(events, years, per, confidence) {
  if (years <= 0) return(c(rate = NA, lower = NA, upper = NA))
  limits <- poisson.test(events, years, conf.level = confidence)$conf.int
  per * c(rate = events / years, lower = limits[1], upper = limits[2])
}

# Ratio of two rates with exact limits: poisson.test of two samples.
rate_ratio <- function(events, years, confidence) {
  if (sum(events) == 0 || any(years <= 0)) return(c(ratio = NA, lower = NA, upper = NA))
  test <- poisson.test(events, years, conf.level = confidence)
  limits <- test$conf.int
  if (events[2] == 0) return(c(ratio = NA, lower = limits[1], upper = NA))
  c(ratio = unname(test$estimate), lower = limits[1], upper = limits[2])
}

# Mean, spread and quartiles of what is known: quantile(type = 2).
describe <- function(values) {
  values <- values[!is.na(values)]
  if (!length(values)) return(c(n = 0, mean = NA, sd = NA, median = NA, q1 = NA, q3 = NA, min = NA, max = NA))
  quarters <- quantile(values, c(0.25, 0.5, 0.75), type = 2, names = FALSE)
  c(n = length(values), mean = mean(values), sd = sd(values), median = quarters[2], q1 = quarters[1],
    q3 = quarters[3], min = min(values), max = max(values))
}

# A count and its percentage of a whole.
share <- function(count, whole) c(n = count, p = if (whole > 0) 100 * count / whole else NA)
