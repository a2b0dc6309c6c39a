# Late entry, weighted rows, censoring weights, profile limits, an effect that changes.
source("common.R")
need("survival")
source("cox.R")
source("event_times.R")

put <- function(names, fit, note, values) {
  for (i in seq_along(names)) emit(names[i], if (is.null(fit)) NA else values[[i]], if (is.null(fit)) note else doubt(fit, note))
}

late <- function(d) {
  parts <- Filter(function(p) nrow(p) > 1, lapply(0:1, function(a) d[d$arm == a, ]))
  fits <- lapply(parts, function(p) survfit(Surv(entry, time, event) ~ 1, p))
  emit("late_km", unlist(lapply(fits, function(f) f$surv[f$n.event > 0])))
  emit("late_km_se", unlist(lapply(fits, function(f) (f$std.err * f$surv)[f$n.event > 0 & f$surv > 1e-12])))
  for (ties in c("efron", "breslow", if (d$few[1] == 1) "exact")) {
    m <- attempt(coxph(Surv(entry, time, event) ~ arm + strata(stratum), d, ties = ties, control = control))
    put(paste0("late_", ties, c("_coef", "_se")), m$value, m$note, list(coef(m$value), sqrt(m$value$var)))
  }
  # survdiff takes no entry times.
  e <- event_times(d)
  v <- sum(ifelse(e$n > 1, e$k * (e$n1 / e$n) * (1 - e$n1 / e$n) * (e$n - e$k) / pmax(e$n - 1, 1), 0))
  emit("late_log_rank", sum(e$k1 - e$k * e$n1 / e$n)^2 / v, if (v < 1e-12) "the variance is 0" else "")
}

rows <- function(d) {
  r <- survSplit(Surv(entry, time, event) ~ ., d, cut = d$cut[1], episode = "piece")
  r$w <- r$weight * ifelse(r$entry >= d$cut[1], 1.3, 1)
  for (ties in c("efron", "breslow")) {
    m <- attempt(coxph(Surv(entry, time, event) ~ arm + x1 + x2 + strata(stratum), r, weights = w, cluster = id, ties = ties, control = control))
    note <- if (is.null(m$value)) m$note else if (max(diag(m$value$naive.var)) > 50^2) "huge standard error" else m$note
    put(paste0("rows_", ties, c("_coef", "_se", "_robust")), m$value, note, list(coef(m$value), sqrt(diag(m$value$naive.var)), m$value$var))
  }
  curves <- lapply(0:1, function(a) {
    p <- r[r$arm == a, ]
    if (sum(d$arm == a) < 2 || !any(p$event == 1)) return(NULL)
    f <- survfit(Surv(entry, time, event) ~ 1, p, weights = w, id = id, robust = TRUE)
    se <- if (f$logse) f$std.err * f$surv else f$std.err
    c(f$surv[f$n.event > 0], se[f$n.event > 0 & f$surv > 1e-12])
  })
  emit("rows_km", unlist(curves))
}

# Censorings come after the events at the same time: places 2k of an event, 2k + 1 of a censoring.
censoring <- function(d) {
  ut <- sort(unique(d$time)); d$o <- 2 * match(d$time, ut) + (d$event == 0); d$lost <- 1 - d$event
  r <- survSplit(Surv(time, event) ~ ., d, cut = unique(d$time[d$event == 1]), start = "start")
  r$at <- 2 * match(r$time, ut)
  curve <- function(key, step) {                       # of each group: value at r$at
    out <- numeric(nrow(r))
    for (g in unique(d[[key]])) {
      p <- d[d[[key]] == g, ]; u <- sort(unique(p$o))
      share <- sapply(u, function(o) sum(p$o == o & p$lost == 1) / sum(p$o >= o))
      here <- r[[key]] == g
      out[here] <- c(0, cumsum(step(share)))[findInterval(r$at[here], u) + 1]
    }
    out
  }
  d$group <- paste(d$arm, d$stratum); r$group <- paste(r$arm, r$stratum)
  product <- function(s) -log1p(-s)
  k <- exp(curve("group", product) - curve("arm", product))
  m <- if (any(d$lost == 1)) attempt(coxph(Surv(o, lost) ~ x1 + x2 + strata(arm), d, ties = "breslow", control = control)) else NULL
  if (is.null(m)) {
    h <- rep(0, nrow(r)); note <- ""
  } else {
    note <- if (is.null(m$value)) m$note else doubt(m$value, m$note)
    if (note != "") {
      emit("ipcw", NA, note); emit("ipcw_coef", NA, note); emit("ipcw_km", sum(k))
      return(invisible())
    }
    b <- basehaz(m$value, centered = FALSE)
    if (is.null(b$strata)) b$strata <- unique(d$arm)
    h <- numeric(nrow(r))
    for (a in unique(r$arm)) {
      s <- b[grepl(paste0("(^|=)", a, "$"), as.character(b$strata)), ]; here <- r$arm == a
      h[here] <- c(0, s$hazard)[findInterval(r$at[here], s$time) + 1]
    }
    h <- h * exp(as.matrix(r[c("x1", "x2")]) %*% coef(m$value)) - curve("arm", identity)
  }
  r$w <- as.numeric(exp(h))
  emit("ipcw", c(sum(r$w), if (any(d$event == 1)) max(r$w[r$time %in% d$time[d$event == 1]]) else NA))
  emit("ipcw_km", sum(k))
  w <- attempt(coxph(Surv(start, time, event) ~ arm + strata(stratum), r, weights = w, cluster = id, control = control))
  note <- if (is.null(w$value)) w$note else if (is.na(coef(w$value)) || w$value$naive.var > 50^2) "no estimate" else w$note
  emit("ipcw_coef", if (is.null(w$value)) NA else c(coef(w$value), sqrt(w$value$var)), note)
}

profile <- function(d) for (ties in c("efron", "breslow")) {
  m <- attempt(coxph(Surv(time, event) ~ arm + strata(stratum), d, ties = ties, control = control))
  note <- if (is.null(m$value)) m$note else doubt(m$value, m$note)
  name <- paste0("profile_", ties)
  if (note != "") { emit(name, NA, note); next }
  at <- function(b) { d$b <- b * d$arm; coxph(Surv(time, event) ~ offset(b) + strata(stratum), d, ties = ties)$loglik[1] }
  gap <- function(b) 2 * (m$value$loglik[2] - at(b)) - qchisq(.95, 1)
  se <- sqrt(m$value$var[1]); b <- as.numeric(coef(m$value))
  side <- function(sign) { far <- 3; while (gap(b + sign * far * se) < 0 && far < 100) far <- far * 1.5
    exp(uniroot(gap, sort(c(b, b + sign * far * se)), tol = 1e-13)$root) }
  limits <- attempt(c(side(-1), side(1)))
  emit(name, if (is.null(limits$value)) NA else limits$value, limits$note)
}

changing <- function(d) {
  m <- attempt(coxph(Surv(time, event) ~ arm + tt(arm) + strata(stratum), d, tt = function(x, t, ...) x * log(t), control = control))
  one <- attempt(coxph(Surv(time, event) ~ arm + strata(stratum), d, control = control))
  put(c("tt_coef", "tt_se", "tt_chi2"), m$value, m$note,
      list(coef(m$value), sqrt(diag(m$value$var)), 2 * (m$value$loglik[2] - one$value$loglik[2])))
}

work(function(d) {
  d$cut <- rep(d$cut, length(d$time)); d$few <- rep(d$few, length(d$time)); d$levels <- NULL
  d <- data.frame(d); d$id <- seq_len(nrow(d))
  late(d)
  rows(d)
  censoring(d[c("time", "event", "arm", "stratum", "x1", "x2", "id")])
  profile(d)
  changing(d)
})
