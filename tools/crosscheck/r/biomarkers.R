# Treatment by marker, in batches and by splines, STEPP windows, concordance.
source("common.R")
need("survival")
source("cox.R")

fit <- function(formula, d) attempt(coxph(formula, d, control = control))
sound <- function(...) {
  for (m in list(...)) {
    note <- if (is.null(m$value)) m$note else doubt(m$value, m$note)
    if (note != "") return(note)
  }
  ""
}
lr <- function(full, small) 2 * (full$value$loglik[2] - small$value$loglik[2])

by_marker <- function(d) {
  rows <- lapply(c("half", "x1"), function(name) {
    d$z <- d[[name]]
    full <- fit(Surv(time, event) ~ arm + z + arm:z + strata(stratum), d)
    small <- fit(Surv(time, event) ~ arm + z + strata(stratum), d)
    note <- sound(full, small)
    list(note = note, chi2 = if (note == "") lr(full, small) else NA, b = if (note == "") coef(full$value)[[3]] else NA,
         se = if (note == "") sqrt(full$value$var[3, 3]) else NA)
  })
  first <- rows[[1]]
  emit("by_level", first$chi2, first$note)
  emit("by_level_ratio", exp(first$b + c(0, -1, 1) * qnorm(.975) * first$se), first$note)
  note <- paste0(rows[[1]]$note, rows[[2]]$note)
  every <- function(what) sapply(rows, `[[`, what)
  emit("batch", every("chi2"), note)
  emit("batch_ratio", c(every("b"), every("se")), note)
  emit("batch_q", p.adjust(pchisq(every("chi2"), 1, lower.tail = FALSE), "BH"), note)
}

spline <- function(d) {
  k <- d$knots[1:3]; cube <- function(u) pmax(u, 0)^3
  basis <- function(v) cbind(v, (cube(v - k[1]) - cube(v - k[2]) * (k[3] - k[1]) / (k[3] - k[2]) +
                                 cube(v - k[3]) * (k[2] - k[1]) / (k[3] - k[2])) / (k[3] - k[1])^2)
  B <- basis(d$x1); d$l <- B[, 1]; d$c <- B[, 2]
  full <- fit(Surv(time, event) ~ arm + l + c + arm:l + arm:c + strata(stratum), d)
  none <- fit(Surv(time, event) ~ arm + l + c + strata(stratum), d)
  line <- fit(Surv(time, event) ~ arm + l + arm:l + strata(stratum), d)
  straight <- fit(Surv(time, event) ~ arm + l + c + arm:l + strata(stratum), d)
  note <- sound(full, none, line, straight)
  emit("spline", if (note == "") c(lr(full, none), lr(full, line), lr(full, straight)) else NA, note)
  note <- sound(full)
  L <- cbind(1, 0, 0, basis(k))
  emit("spline_curve", if (note == "") c(L %*% coef(full$value), sqrt(rowSums((L %*% full$value$var) * L))) else NA, note)
}

work(function(d) {
  ends <- d$windows; knots <- d$knots; table <- d$lifelines == 1
  d <- data.frame(d[c("time", "event", "arm", "stratum", "x1", "x2", "half")])
  d$knots <- rep(knots, length.out = nrow(d))
  by_marker(d)
  spline(d)
  parts <- lapply(c(1, 3), function(i) fit(Surv(time, event) ~ arm + strata(stratum), d[d$x1 >= ends[i] & d$x1 <= ends[i + 1], ]))
  note <- do.call(sound, parts)
  emit("windows", if (note == "") c(sapply(parts, function(p) coef(p$value)), sapply(parts, function(p) sqrt(p$value$var[1]))) else NA, note)
  d$score <- round(d$x1) + d$arm
  for (w in c("n", "n/G2")) {
    r <- attempt(concordance(Surv(time, event) ~ score + strata(stratum), d, timewt = w, reverse = TRUE))
    emit(if (w == "n") "harrell" else "uno", if (is.null(r$value)) NA else c(r$value$concordance, sqrt(r$value$var)), r$note)
  }
  if (!table) return(invisible())
  m <- fit(Surv(time, event) ~ arm + x1 + x2 + strata(stratum), d)
  emit("model", if (is.null(m$value)) NA else c(coef(m$value), sqrt(diag(m$value$var))), sound(m))
})
