# Times to an event of the members of a set, and what R's package survival makes of them, for all programs.
# A function gives a named vector of statistics; NA stands for what cannot be estimated.

with_survival <- requireNamespace("survival", quietly = TRUE)
if (with_survival) suppressPackageStartupMessages(library(survival))
margin <- as.numeric(setting("study.noninferiority.margin"))
level_of_test <- 1 - 2 * as.numeric(setting("study.noninferiority.alpha_one_sided"))
# Newton's last step is quadratic, so this is the last digits; below 1e-12 the rounding of a large likelihood halves the steps.
exact <- function() coxph.control(eps = 1e-12, toler.chol = 1e-15, iter.max = 200)

# Records of a parameter of ADTTE with all variables of ADSL: TIME in months, EVENT and its description, and
# CODE (0 censored, 1 event, 2 and above competing; NA where nothing competes).
times_of <- function(set, parameter) keep(paste("times", set, parameter), read_times(set, parameter))
read_times <- function(set, parameter) {
  adtte <- dataset("ADTTE")
  columns <- c("USUBJID", "AVAL", "CNSR", "COMPEV", "EVNTDESC", "STARTDT", "ADT", "INTLDT", "INTRDT")
  records <- adtte[adtte$PARAMCD == parameter, columns]
  records$TIME <- as_number(records$AVAL)
  records$CNSR <- as_number(records$CNSR)
  records$EVENT <- records$CNSR == 0
  records$CODE <- as_number(records$COMPEV)
  records <- records[!is.na(records$TIME) & !is.na(records$EVENT), ]
  adsl <- members(set)
  adsl <- adsl[!names(adsl) %in% setdiff(names(records), "USUBJID")]
  frame <- merge(adsl, records, by = "USUBJID")
  frame[order(frame$USUBJID), ]
}

# Records of a test arm and of control, with TEST.
against_control <- function(frame, test) {
  frame <- frame[frame$ARM %in% c(test, control), ]
  frame$TEST <- as.numeric(frame$ARM == test)
  frame
}

# Kaplan-Meier curve with limits on the scale log(-log): survfit.
curve_of <- function(time, event) {
  if (!length(time)) return(NULL)
  survfit(Surv(time, event) ~ 1, conf.type = "log-log", conf.int = confidence)
}

# A quantile of a curve with its limits (Brookmeyer and Crowley): quantile.survfit.
quantile_of <- function(fit, part) {
  if (is.null(fit)) return(c(estimate = NA, lower = NA, upper = NA))
  found <- quantile(fit, part)
  c(estimate = found$quantile[[1]], lower = found$lower[[1]], upper = found$upper[[1]])
}

# Whether a curve is known at a time: somebody was observed so long, or nobody is left.
reaches <- function(fit, month) !is.null(fit) && (month <= max(fit$time) || min(fit$surv) == 0)

# Survival at a month in percent: summary.survfit; without limits where it is 0 or 1.
rate_of <- function(fit, month) {
  if (!reaches(fit, month)) return(c(estimate = NA, lower = NA, upper = NA))
  at <- summary(fit, times = month, extend = TRUE)
  inside <- at$surv > 0 && at$surv < 1
  100 * c(estimate = at$surv, lower = if (inside) at$lower else NA, upper = if (inside) at$upper else NA)
}

# Greenwood's standard error at a month: summary.survfit; 0 where the curve is 0 or 1.
error_of <- function(fit, month) {
  if (!reaches(fit, month)) return(NA)
  at <- summary(fit, times = month, extend = TRUE)
  if (at$surv > 0 && at$surv < 1) at$std.err else 0
}

# Difference of two rates in percentage points with Wald limits and test, from Greenwood's errors.
rate_difference <- function(test, reference, month) {
  difference <- (rate_of(test, month)[["estimate"]] - rate_of(reference, month)[["estimate"]]) / 100
  error <- sqrt(error_of(test, month)^2 + error_of(reference, month)^2)
  nothing <- c(lower = NA, upper = NA, z = NA, p = NA)
  if (is.na(error) || error == 0) return(c(estimate = 100 * difference, nothing))
  half <- qnorm((1 + confidence) / 2) * error
  z <- difference / error
  limits <- 100 * c(max(difference - half, -1), min(difference + half, 1))
  c(estimate = 100 * difference, lower = limits[1], upper = limits[2], z = z, p = 2 * pnorm(-abs(z)))
}

# Whether events of both groups happen while the other group is at risk in the stratum: else no finite
# estimate exists.
has_maximum <- function(frame) {
  seen <- unlist(lapply(split(frame, frame$STRATUM), function(part) {
    last <- tapply(part$TIME, factor(part$TEST, 0:1), max)
    other <- last[2 - part$TEST]
    unique(part$TEST[part$EVENT & !is.na(other) & other >= part$TIME])
  }))
  length(unique(seen)) == 2
}

# Log hazard ratio of TEST (1 or 0) and its standard error, ties by Efron, stratified by STRATUM: coxph.
cox_of <- function(frame) {
  if (!nrow(frame) || !has_maximum(frame)) return(c(b = NA, se = NA))
  model <- Surv(TIME, EVENT) ~ TEST + strata(STRATUM)
  fit <- suppressWarnings(coxph(model, frame, ties = "efron", control = exact()))
  c(b = fit$coefficients[[1]], se = sqrt(fit$var[1, 1]))
}
unstratified <- function(frame) {
  frame$STRATUM <- rep("all", nrow(frame))
  frame
}

# Hazard ratio with Wald limits and test of 1.
hazard_ratio <- function(fit, level = confidence) {
  b <- fit[["b"]]
  se <- fit[["se"]]
  half <- qnorm((1 + level) / 2) * se
  c(hr = exp(b), lower = exp(b - half), upper = exp(b + half), log_hr = b, se = se, z = b / se,
    p = 2 * pnorm(-abs(b / se)))
}

# The same with the Wald test against the margin.
against_margin <- function(fit) {
  z <- (fit[["b"]] - log(margin)) / fit[["se"]]
  found <- replace(hazard_ratio(fit, level_of_test), c("z", "p"), c(z, pnorm(z)))
  c(margin = margin, found, met = as.numeric(!is.na(found[["upper"]]) && found[["upper"]] < margin))
}

# Stratified log-rank test: survdiff; NA without variance.
log_rank <- function(frame) {
  nothing <- c(chi_square = NA, p = NA)
  if (length(unique(frame$TEST)) < 2 || !any(frame$EVENT)) return(nothing)
  test <- tryCatch(survdiff(Surv(TIME, EVENT) ~ TEST + strata(STRATUM), frame), error = function(e) NULL)
  if (is.null(test) || !(test$var[1, 1] > 1e-12)) return(nothing)
  c(chi_square = test$chisq, p = pchisq(test$chisq, 1, lower.tail = FALSE))
}

# Results of a marker of ADBM by subject; "" without a valid one.
marker_status <- function(subject, parameter, visit, specimen, levels) {
  adbm <- dataset("ADBM")
  use <- adbm$PARAMCD == parameter & adbm$AVISIT == visit & adbm$BMSPEC == specimen & adbm$AVALC %in% levels
  status <- as.character(adbm$AVALC[use])[match(subject, adbm$USUBJID[use])]
  ifelse(is.na(status), "", status)
}

# What the plan says of its markers, one row each.
markers <- function() keep("markers", {
  names <- c("id", "parameter", "positive", "negative", "visit", "specimen")
  as.data.frame(setNames(lapply(names, function(name) each("endpoints.biomarkers.markers", name)), names))
})
