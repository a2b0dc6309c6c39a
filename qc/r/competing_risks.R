# Second programming of competing risks: cumulative incidence and Gray's test by cmprsk::cuminc, Fine and
# Gray's model by cmprsk::crr; Kaplan-Meier, Cox and log-rank beside them by survival.

here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
for (name in c("keyed.R", "limits.R", "survival_estimates.R")) source(file.path(here, name))
with_cmprsk <- requireNamespace("cmprsk", quietly = TRUE)

# Count and percentage of the members of the arm by kind of end and, if asked for, its reason.
counted <- function(frame, key) {
  competing <- !all(is.na(frame$CODE))
  kind <- switch(key$analysis_id, EVENT = frame$CODE == 1, COMPETING = frame$CODE > 1, EVENTS = frame$EVENT,
                 CENSORED = if (competing) frame$CODE == 0 else !frame$EVENT)
  if (key$variable == "EVNTDESC") kind <- kind & frame$EVNTDESC == key$variable_level
  share(sum(kind & frame$ARM == key$group1_level, na.rm = TRUE), subjects(key)[["N"]])
}

# Incidence of the event at a month in percent with limits on the scale log(-log): cmprsk::cuminc.
incidence <- function(frame, key) {
  frame <- frame[frame$ARM == key$group1_level, ]
  month <- as.numeric(key$variable_level)
  nothing <- c(estimate = NA, lower = NA, upper = NA)
  if (!nrow(frame) || month > max(frame$TIME)) return(nothing)
  if (!any(frame$CODE == 1)) return(replace(nothing, "estimate", 0))
  fit <- cmprsk::cuminc(frame$TIME, pmin(frame$CODE, 2))
  at <- cmprsk::timepoints(fit["1 1"], month)
  f <- at$est[1, 1]
  if (f <= 0 || f >= 1) return(replace(nothing, "estimate", 100 * f))
  half <- qnorm((1 + confidence) / 2) * sqrt(at$var[1, 1]) / abs(f * log(f))
  100 * c(estimate = f, lower = f^exp(half), upper = f^exp(-half))
}

# Gray's test of the event: cmprsk::cuminc of two groups.
gray <- function(frame) {
  nothing <- c(chi2 = NA, p = NA)
  if (!any(frame$CODE == 1) || length(unique(frame$TEST)) < 2) return(nothing)
  tests <- cmprsk::cuminc(frame$TIME, pmin(frame$CODE, 2), frame$TEST)$Tests
  c(chi2 = tests["1", "stat"], p = tests["1", "pv"])
}

# Subdistribution hazard ratio: cmprsk::crr. Its search stops where rounding hides the last step's gain, so it
# is begun again beside what it found, and the fit with the smallest score is taken.
fine_gray <- function(frame) {
  nothing <- c(hr = NA, lower = NA, upper = NA, p = NA)
  if (length(unique(frame$TEST[frame$CODE == 1])) < 2) return(nothing)
  fit_from <- function(start) {
    cmprsk::crr(frame$TIME, pmin(frame$CODE, 2), frame$TEST, init = start, gtol = 1e-15, maxiter = 100)
  }
  begun <- fit_from(0)$coef[[1]]
  fits <- lapply(begun + c(0, 1e-5, 1e-4, 1e-3), fit_from)
  fit <- fits[[which.min(vapply(fits, function(f) abs(f$score[1]), 0))]]
  b <- fit$coef[[1]]
  se <- sqrt(fit$var[1, 1])
  ratio <- exp(b + c(0, -1, 1) * qnorm((1 + confidence) / 2) * se)
  c(hr = ratio[1], lower = ratio[2], upper = ratio[3], p = 2 * pnorm(-abs(b / se)))
}

# The statistics of a group of rows.
numbers <- function(key) {
  frame <- times_of(key$analysis_set, key$group2_level)
  pair <- against_control(frame, key$group1_level)
  if (key$analysis_id %in% c("INCIDENCE", "GRAY", "FINE_GRAY") && !with_cmprsk) return(NULL)
  if (grepl("^(KM_|COX_|LOG_)", key$analysis_id) && !with_survival) return(NULL)
  curve <- function() {
    mine <- frame[frame$ARM == key$group1_level, ]
    name <- paste("curve", key$analysis_set, key$group2_level, key$group1_level)
    keep(name, curve_of(mine$TIME, mine$EVENT))
  }
  switch(key$analysis_id,
         EVENT = , COMPETING = , EVENTS = , CENSORED = counted(frame, key),
         INCIDENCE = incidence(frame, key), GRAY = gray(pair), FINE_GRAY = fine_gray(pair),
         KM_Q1 = quantile_of(curve(), 0.25), KM_MEDIAN = quantile_of(curve(), 0.5),
         KM_Q3 = quantile_of(curve(), 0.75), KM_RATE = rate_of(curve(), as.numeric(key$variable_level)),
         COX_STRATIFIED = hazard_ratio(cox_of(pair)), LOG_RANK_STRATIFIED = log_rank(pair))
}

for (id in ids) fill(id, numbers)
