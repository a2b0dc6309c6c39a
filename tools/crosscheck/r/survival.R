# Curves, tests, restricted means and Cox models.
source("common.R")
need("survival")
source("cox.R")
source("event_times.R")
z95 <- qnorm(.975)

# Area under the curve to tau and its standard error. survival's own summary(rmean = tau) stops where tau is before the
# first time of an arm, so the integral is taken here from survfit's steps, by survRM2's formula.
area <- function(f, tau) {
  keep <- f$time < tau
  pieces <- diff(c(0, f$time[keep], tau)) * c(1, f$surv[keep])
  rest <- sum(pieces) - cumsum(pieces)[seq_len(sum(keep))]
  jump <- f$n.event[keep] / (f$n.risk[keep] * (f$n.risk[keep] - f$n.event[keep]))
  c(sum(pieces), sqrt(sum(ifelse(f$n.risk[keep] > f$n.event[keep], rest^2 * jump, 0))))
}

ratio <- function(m, s) {
  if (any(m <= 0)) return(rep(NA, 4))
  log <- log(m[2] / m[1]); se <- sqrt(sum((s / m)^2))
  c(exp(log + c(0, -1, 1) * z95 * se), if (se > 0) 2 * pnorm(-abs(log) / se) else NA)
}

curves <- function(d) {
  kept <- Filter(nrow, lapply(0:1, function(a) d[d$arm == a, ]))
  every <- function(f, parts = kept) unlist(lapply(parts, f))
  fit <- function(p, type) survfit(Surv(time, event) ~ 1, p, conf.type = type)
  # A limit may rise again with time; quantile() then orders its values and takes a later time than the first one below.
  fall <- function(x) { k <- !is.na(x); x[k] <- cummin(x[k]); x }
  falling <- function(f) { f$lower <- fall(f$lower); f$upper <- fall(f$upper); f }
  fits <- lapply(kept, fit, "log-log")
  emit("km_counts", every(function(f) c(f$n.risk, f$n.event, f$n.censor), fits))
  emit("km_survival", every(function(f) f$surv, fits))
  emit("km_se", every(function(f) (f$std.err * f$surv)[f$surv > 1e-12], fits))
  emit("km_quantiles", every(function(f) quantile(f, c(.25, .5, .75))$quantile, fits))
  for (type in c("log-log", "log", "plain")) {
    typed <- lapply(kept, fit, type)
    emit(paste0("km_limits_", type), every(function(f) { k <- f$surv > 1e-12 & f$surv < 1; c(f$lower[k], f$upper[k]) }, typed))
    emit(paste0("km_quantile_limits_", type), every(function(f) { q <- quantile(falling(f), c(.25, .5, .75)); rbind(q$lower, q$upper) }, typed))
  }
  reverse <- lapply(kept, function(p) survfit(Surv(time, 1 - event) ~ 1, p, conf.type = "log-log"))
  emit("reverse", every(function(f) f$surv, reverse))
  emit("reverse_median", every(function(f) { q <- quantile(f, .5); c(q$quantile, q$lower, q$upper) }, reverse))
  emit("landmarks", unlist(Map(function(f, p) {
    s <- summary(f, times = as.numeric(quantile(p$time, c(.3, .6), type = 1)))
    k <- s$surv > 1e-12 & s$surv < 1
    c(s$surv, s$n.risk, s$std.err[k], s$lower[k], s$upper[k])
  }, fits, kept)))
  if (length(kept) < 2) return(invisible())
  tau <- min(max(kept[[1]]$time), max(kept[[2]]$time))
  both <- sapply(fits, area, tau = tau)
  m <- both[1, ]; s <- both[2, ]; se <- sqrt(sum(s^2)); difference <- m[2] - m[1]
  emit("rmst", m)
  emit("rmst_se", s)
  emit("rmst_difference", c(difference + c(0, -1, 1) * z95 * se, se))
  emit("rmst_ratio", ratio(m, s)[1:3])
  emit("rmst_lost_ratio", ratio(tau - m, s)[1:3])
  emit("rmst_p", c(if (se > 0) 2 * pnorm(-abs(difference) / se) else NA, ratio(m, s)[4], ratio(tau - m, s)[4]))
  at <- as.numeric(quantile(d$time, c(.25, .5), type = 1))
  marks <- lapply(seq_along(kept), function(i) {
    s <- summary(fits[[i]], times = at, extend = TRUE)
    gone <- at > max(kept[[i]]$time) & s$surv > 0
    list(s = ifelse(gone, NA, s$surv), v = ifelse(gone, NA, ifelse(s$surv == 0, 0, s$std.err^2)))
  })
  difference <- marks[[2]]$s - marks[[1]]$s
  se <- sqrt(marks[[1]]$v + marks[[2]]$v)
  se[!is.na(se) & se == 0] <- NA
  emit("unit", 1)
  emit("landmark_difference", c(difference, se, difference / se))
}

tests <- function(d) {
  s <- attempt(survdiff(Surv(time, event) ~ arm + strata(stratum), d))
  if (is.null(s$value)) {
    emit("log_rank", NA, s$note); emit("log_rank_parts", NA, s$note)
  } else {
    if (max(abs(s$value$var)) < 1e-12) s$note <- "the variance is 0"
    emit("log_rank", s$value$chisq, s$note)
    emit("log_rank_parts", c(rowSums(cbind(s$value$obs))[2], rowSums(cbind(s$value$exp))[2], s$value$var[2, 2]), s$note)
  }
  e <- event_times(d)
  if (is.null(e)) return(invisible())
  v <- ifelse(e$n > 1, e$k * (e$n1 / e$n) * (1 - e$n1 / e$n) * (e$n - e$k) / pmax(e$n - 1, 1), 0)
  gap <- e$k1 - e$k * e$n1 / e$n
  chi2 <- function(w) { u <- sum(w * gap); s <- sum(w^2 * v); list(x = u^2 / s, note = if (s < 1e-12) "the variance is 0" else "") }
  weights <- list(fh_01 = 1 - e$before, fh_11 = e$before * (1 - e$before), gehan = e$n, tarone = sqrt(e$n))
  for (k in names(weights)) { x <- chi2(weights[[k]]); emit(k, x$x, x$note) }
  for (rho in c(.5, 1)) {
    s <- attempt(survdiff(Surv(time, event) ~ arm + strata(stratum), d, rho = rho))
    if (!is.null(s$value) && max(abs(s$value$var)) < 1e-12) s$note <- "the variance is 0"
    emit(paste0("fh_", if (rho == 1) "10" else "05"), if (is.null(s$value)) NA else s$value$chisq, s$note)
  }
}

models <- function(d) {
  formulas <- list(arm = Surv(time, event) ~ arm + strata(stratum), cox = Surv(time, event) ~ arm + x1 + x2 + strata(stratum))
  for (ties in c("efron", "breslow", "exact")) for (name in names(formulas)) {
    if (ties == "exact" && name == "cox" && nrow(d) > 60) next
    m <- attempt(coxph(formulas[[name]], d, ties = ties, control = control))
    put <- function(what, values, note) emit(paste(name, ties, what, sep = "_"), values, note)
    if (is.null(m$value)) {
      for (what in c("coef", "se", "loglik", "tests")) put(what, NA, m$note)
      if (ties == "efron" && name == "arm") emit("noninferiority", NA, m$note)
      next
    }
    fit <- m$value; note <- doubt(fit, m$note); se <- sqrt(diag(fit$var))
    lr <- 2 * diff(fit$loglik)
    put("coef", coef(fit), note); put("se", se, note); put("loglik", fit$loglik, note)
    put("tests", if (name == "arm") c(coef(fit)^2 / fit$var[1, 1], fit$score, lr) else c(fit$score, lr), note)
    if (ties == "efron" && name == "arm") {
      z <- (coef(fit) - log(1.3)) / se
      emit("noninferiority", c(z, pnorm(z)), note)
    }
    if (ties == "efron" && name == "cox") residual(d, fit, note)
  }
  for (how in c("", "strata_")) {
    f <- if (how == "") Surv(time, event) ~ arm + x1 + x2 else formulas$cox
    m <- attempt(coxph(f, d, control = control))
    for (transform in c("km", "rank", "identity", "log")) {
      z <- if (is.null(m$value)) m else attempt(cox.zph(m$value, transform = transform))
      note <- if (is.null(m$value)) m$note else doubt(m$value, if (m$note != "") m$note else z$note)
      if (note == "" && !is.null(z$value) && any(z$value$table[, 1] < 0, na.rm = TRUE)) note <- "a variance is 0 but for rounding"
      emit(paste0("zph_", how, transform), if (is.null(z$value)) NA else z$value$table[, 1], note)
    }
  }
}

residual <- function(d, fit, note) {
  f <- Surv(time, event) ~ arm + x1 + x2 + strata(stratum)
  got <- function(name, expr) {
    v <- attempt(expr)
    emit(name, if (is.null(v$value)) NA else t(as.matrix(v$value)), if (note != "") note else v$note)
  }
  for (type in c("martingale", "deviance", "score", "dfbeta")) got(type, residuals(fit, type = type))
  by_time <- function(type) {
    r <- as.matrix(residuals(fit, type = type))
    at <- as.numeric(rownames(r))
    if (!length(at) || anyNA(at)) at <- unlist(lapply(split(d, d$stratum), function(s) sort(s$time[s$event == 1])))
    rowsum(r, at)
  }
  got("baseline", basehaz(fit, centered = FALSE)$hazard)
  got("robust", coxph(f, d, robust = TRUE, control = control)$var)
  m <- attempt(coxph(Surv(time, event) ~ arm + x1 + x2, d, cluster = stratum, control = control))
  emit("clustered", if (is.null(m$value)) NA else m$value$var, if (is.null(m$value)) m$note else doubt(m$value, m$note))
  # Ours come with the test, so that there are none where there is no test.
  z <- attempt(cox.zph(fit, transform = "km"))
  if (note == "" && (is.null(z$value) || anyNA(z$value$table[, 1]))) note <- "no test of a change with time"
  got("schoenfeld", by_time("schoenfeld"))
  got("scaled_schoenfeld", by_time("scaledsch"))
}

work(function(d) {
  d <- data.frame(d[c("time", "event", "arm", "stratum", "x1", "x2")])
  curves(d)
  tests(d)
  models(d)
})
