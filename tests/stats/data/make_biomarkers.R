# Writes R's results for markers, STEPP windows, splines, concordance and ridge, on the data sets beside this file.
# Run in this folder, after make_reference.R: Rscript make_biomarkers.R        (R 4.2.2, survival 3.5-3)
suppressMessages({library(survival); library(jsonlite)})
options(warn = -1)
tight <- coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 100)
read <- function(name) { d <- read.csv(paste0(name, ".csv")); d$S <- Surv(d$time, d$event); d }
out <- list()

# Each marker: 2 * difference of log-likelihoods, log ratio of hazard ratios, its standard error, events; BH of p.
for (name in c("lung", "veteran", "pbc", "colon")) for (ties in c("efron", "breslow")) {
  d <- read(name)
  m <- list(high = as.integer(d$x2 > median(d$x2)), x1 = d$x1, x2 = d$x2)
  m$gaps <- ifelse(seq_len(nrow(d)) %% 7 == 0, NA, m$high)
  m$holes <- ifelse(seq_len(nrow(d)) %% 5 == 0, NA, d$x1)
  rows <- sapply(m, function(z) {
    d$z <- z; k <- d[!is.na(z), ]
    f <- coxph(S ~ arm + z + arm:z + strata(stratum), k, ties = ties, control = tight)
    g <- coxph(S ~ arm + z + strata(stratum), k, ties = ties, control = tight)
    chi2 <- 2 * (f$loglik[2] - g$loglik[2])
    c(chi2 = chi2, log_ratio = coef(f)[[3]], se = sqrt(f$var[3, 3]), p = pchisq(chi2, 1, lower.tail = FALSE),
      n = f$n, events = f$nevent)
  })
  out$interactions[[name]][[ties]] <- c(as.list(as.data.frame(t(rows))), list(q = p.adjust(rows["p", ], "BH")))
}

# One marker: main effect in the control arm, main effect beside the arm, interaction (log HR, se), and the LR tests.
d <- read("veteran")
effects <- function(z) {
  d$z <- z
  a <- coxph(S ~ z + strata(stratum), d[d$arm == 0, ], control = tight)
  b0 <- coxph(S ~ arm + strata(stratum), d, control = tight)
  b <- coxph(S ~ arm + z + strata(stratum), d, control = tight)
  f <- coxph(S ~ arm * z + strata(stratum), d, control = tight)
  lr <- function(x, y) 2 * (x$loglik[2] - y$loglik[2])
  w <- sapply(0:1, function(k) if (all(z %in% 0:1)) coef(coxph(S ~ arm + strata(stratum), d[z == k, ], control = tight))
              else NA)
  list(control = c(coef(a), sqrt(a$var)), overall = c(coef(b)[2], sqrt(b$var[2, 2])),
       interaction = c(coef(f)[3], sqrt(f$var[3, 3])), within = w,
       tests = c(2 * diff(a$loglik), lr(b, b0), lr(f, b)))
}
out$effects <- list(karno = effects(d$x2), high = effects(as.integer(d$x2 > 60)))

# STEPP: log hazard ratio and survival difference at 4 years in windows of age in pbc.
d <- read("pbc")
window <- function(lower, upper) {
  k <- d[d$x1 >= lower & d$x1 <= upper, ]
  f <- coxph(S ~ arm + strata(stratum), k, control = tight)
  s <- summary(survfit(S ~ arm, k), times = 4)
  c(nrow(k), coef(f), sqrt(f$var), s$surv[2] - s$surv[1], sqrt(sum(s$std.err^2)))
}
ends <- list(c(0, 44), c(40, 50), c(44, 56), c(50, 63), c(56, 99), c(0, 99))
out$stepp <- list(ends = ends, rows = lapply(ends, function(e) window(e[1], e[2])))

# Restricted cubic splines x arm.
spline <- function(d, z, knots, ties) {
  k <- length(knots); cube <- function(u) pmax(u, 0)^3
  basis <- function(v) cbind(v, sapply(1:(k - 2), function(j)
    (cube(v - knots[j]) - cube(v - knots[k - 1]) * (knots[k] - knots[j]) / (knots[k] - knots[k - 1]) +
     cube(v - knots[k]) * (knots[k - 1] - knots[j]) / (knots[k] - knots[k - 1])) / (knots[k] - knots[1])^2))
  fit <- function(f) coxph(f, d, ties = ties, control = tight)
  B <- basis(z); L <- B[, 1]
  full <- fit(d$S ~ d$arm * B + strata(d$stratum))
  lr <- function(g) 2 * (full$loglik[2] - g$loglik[2])
  at <- unname(quantile(z, c(.02, .3, .6, .98)))
  C <- cbind(1, matrix(0, length(at), k - 1), basis(at))
  list(knots = unname(knots), coef = unname(coef(full)), se = sqrt(diag(full$var)), at = at,
       log_hr = c(C %*% coef(full)), curve_se = sqrt(diag(C %*% full$var %*% t(C))),
       interaction = lr(fit(d$S ~ d$arm + B + strata(d$stratum))),
       nonlinear = lr(fit(d$S ~ d$arm * L + strata(d$stratum))),
       nonlinear_interaction = lr(fit(d$S ~ d$arm + B + d$arm:L + strata(d$stratum))))
}
p <- read("pbc"); v <- read("veteran")
out$spline <- list(pbc = spline(p, p$x2, quantile(p$x2, c(.05, .35, .65, .95)), "efron"),
                   veteran = spline(v, v$x2, quantile(v$x2, c(.1, .5, .9)), "breslow"))

# Concordance of x2/10, rounded, plus arm: many tied scores.
for (name in c("lung", "veteran", "colon", "gehan")) for (by in c("plain", "strata")) for (w in c("n", "n/G2")) {
  d <- read(name); d$s <- round(d$x2 / 10) + d$arm
  f <- if (by == "plain") S ~ s else S ~ s + strata(stratum)
  r <- concordance(f, d, timewt = w, reverse = TRUE)
  n <- colSums(rbind(r$count))
  out$concordance[[name]][[by]][[w]] <- c(r$concordance, sqrt(r$var), n[1:3], n[4] + n[5])
}

# Ridge: theta = n * lambda on covariates divided by their standard deviation with divisor n.
d <- read("pbc"); X <- scale(cbind(d$arm, d$x1, d$x2)) * sqrt(nrow(d) / (nrow(d) - 1))
for (lambda in c(.01, .1, 1)) {
  f <- coxph(d$S ~ ridge(X, theta = nrow(d) * lambda, scale = FALSE) + strata(d$stratum),
             control = coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 200))
  out$ridge[[as.character(lambda)]] <- unname(coef(f))
}
write(toJSON(out, digits = NA, auto_unbox = TRUE, na = "null"), "r_biomarkers.json")
