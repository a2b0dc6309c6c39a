# R's results for `nox -s crosscheck`: Rscript results.R <data.csv> <results.csv>
# Data: set, time, event, arm, stratum, x1, x2, cause ("" is no information on causes).
# Results, one line a quantity: set, quantity, note (R's error or warning), values separated by spaces.
arguments <- commandArgs(trailingOnly = TRUE)
if (!requireNamespace("survival", quietly = TRUE)) {
  cat("survival is absent\n")
  quit(status = 3)
}
suppressMessages(library(survival))
gray <- requireNamespace("cmprsk", quietly = TRUE)
versions <- c(R = as.character(getRversion()), survival = as.character(packageVersion("survival")))
if (gray) versions <- c(versions, cmprsk = as.character(packageVersion("cmprsk")))

lines <- character()
emit <- function(set, quantity, values, note = "") {
  text <- sprintf("%.17g", as.numeric(values))
  text[!is.finite(as.numeric(values))] <- "NA"
  note <- gsub("[,\"\r\n]+", " ", note)
  lines[[length(lines) + 1]] <<- paste(set, quantity, note, paste(text, collapse = " "), sep = ",")
}

# Value of an expression with the first warning beside it; NULL with the message after an error.
attempt <- function(expr) {
  note <- ""
  value <- tryCatch(
    withCallingHandlers(expr, warning = function(w) {
      if (note == "") note <<- paste("warning:", conditionMessage(w))
      invokeRestart("muffleWarning")
    }),
    error = function(e) {
      note <<- paste("error:", conditionMessage(e))
      NULL
    })
  list(value = value, note = note)
}

# Tolerances far below the gate, so that what is compared is the estimate and not where the iterations stopped.
control <- suppressWarnings(coxph.control(eps = 1e-14, toler.chol = 1e-15, iter.max = 100))

# Area under the curve to tau and its standard error. survival's own summary(rmean = tau) stops where tau is before the
# first time of an arm, so the integral is taken here from survfit's steps.
area <- function(f, tau) {
  keep <- f$time < tau
  pieces <- diff(c(0, f$time[keep], tau)) * c(1, f$surv[keep])
  rest <- sum(pieces) - cumsum(pieces)[seq_len(sum(keep))]
  jump <- f$n.event[keep] / (f$n.risk[keep] * (f$n.risk[keep] - f$n.event[keep]))
  c(sum(pieces), sqrt(sum(ifelse(f$n.risk[keep] > f$n.event[keep], rest^2 * jump, 0))))
}

curves <- function(set, d) {
  parts <- lapply(0:1, function(a) d[d$arm == a, ])
  fits <- lapply(parts, function(p) {
    if (nrow(p)) survfit(Surv(time, event) ~ 1, p, conf.type = "log-log") else NULL
  })
  kept <- Filter(Negate(is.null), fits)
  every <- function(f) unlist(lapply(kept, f))
  emit(set, "km_survival", every(function(f) f$surv))
  emit(set, "km_se", every(function(f) f$std.err * f$surv))
  emit(set, "km_limits", every(function(f) c(f$lower, f$upper)))
  medians <- lapply(kept, function(f) quantile(f, 0.5))
  emit(set, "km_median", unlist(lapply(medians, function(q) q$quantile)))
  emit(set, "km_median_limits", unlist(lapply(medians, function(q) c(q$lower, q$upper))))
  if (length(kept) < 2) return(invisible())
  tau <- min(max(parts[[1]]$time), max(parts[[2]]$time))
  mean_and_se <- sapply(kept, area, tau = tau)
  emit(set, "rmst", mean_and_se[1, ])
  emit(set, "rmst_se", mean_and_se[2, ])
  emit(set, "rmst_difference", mean_and_se[1, 2] - mean_and_se[1, 1])
}

models <- function(set, d) {
  for (ties in c("efron", "breslow")) {
    m <- attempt(coxph(Surv(time, event) ~ arm + strata(stratum), d, ties = ties, control = control))
    if (is.null(m$value)) {
      emit(set, paste0("cox_", ties), NA, m$note)
    } else {
      fit <- m$value
      emit(set, paste0("cox_", ties), coef(fit), m$note)
      emit(set, paste0("cox_", ties, "_se"), sqrt(diag(fit$var)), m$note)
      emit(set, paste0("cox_", ties, "_loglik"), fit$loglik, m$note)
    }
  }
  s <- attempt(survdiff(Surv(time, event) ~ arm + strata(stratum), d))
  if (!is.null(s$value) && max(abs(s$value$var)) < 1e-12) s$note <- "the variance is 0"
  emit(set, "log_rank", if (is.null(s$value)) NA else s$value$chisq, s$note)
  m <- attempt(coxph(Surv(time, event) ~ arm + x1 + x2 + strata(stratum), d, control = control))
  for (transform in c("km", "identity")) {
    z <- if (is.null(m$value)) m else attempt(cox.zph(m$value, transform = transform))
    note <- if (m$note != "") m$note else z$note
    if (!is.null(m$value) && (anyNA(coef(m$value)) || any(diag(m$value$var) <= 0))) note <- "a coefficient is dropped"
    emit(set, paste0("zph_", transform), if (is.null(z$value)) NA else z$value$table[, 1], note)
  }
}

competing <- function(set, d) {
  g <- attempt(cmprsk::cuminc(d$time, d$cause, d$arm, d$stratum, cencode = 0)$Tests)
  if (is.null(g$value) || !"1" %in% rownames(g$value)) {
    emit(set, "gray", NA, if (g$note == "") "no test of cause 1" else g$note)
  } else {
    emit(set, "gray", g$value["1", "stat"], g$note)
  }
}

data <- read.csv(arguments[1], colClasses = c(set = "character", stratum = "character"))
for (set in unique(data$set)) {
  d <- data[data$set == set, ]
  if (!all(is.na(d$x1))) {
    curves(set, d)
    models(set, d)
  }
  if (gray && !anyNA(d$cause)) competing(set, d)
}
head <- c(sprintf("versions,%s,,%s", names(versions), versions), lines)
writeLines(head, arguments[2])
