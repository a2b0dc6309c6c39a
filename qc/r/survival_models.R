# Second programming of models of times to an event by survival: coxph (strata, interactions, an effect that
# changes with time), cox.zph, survdiff, survfit (restricted means); p.adjust.

# Left empty: adjusted, marginal, weighted, interval-censored and frailty models, group-sequential boundaries.

here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
for (name in c("keyed.R", "limits.R", "survival_estimates.R")) source(file.path(here, name))

parameter <- function(key, ...) setting(key$parameters, ".", ...)
frame_of <- function(key) {
  set <- key$analysis_set
  times_of(set, if (key$group2 == "PARAMCD") key$group2_level else parameter(key, "paramcd"))
}
nothing <- function(...) setNames(rep(NA_real_, length(c(...))), c(...))

# Cox model of several columns beside the arm; NULL where it has no finite maximum: coxph.
several <- function(formula, frame, ...) {
  infinite <- FALSE
  fit <- tryCatch(withCallingHandlers(
    coxph(formula, frame, ties = "efron", control = exact(), model = TRUE, x = TRUE, ...),
    warning = function(w) {
      if (grepl("infinite", conditionMessage(w))) infinite <<- TRUE
      invokeRestart("muffleWarning")
    }
  ), error = function(e) NULL)
  if (is.null(fit) || infinite || anyNA(coef(fit)) || any(diag(fit$var) <= 0)) return(NULL)
  fit
}

# Whether there are the events that a model needs.
enough <- function(frame, least) sum(frame$EVENT) >= max(1, least)

# --- Subgroups ---

# Level of each subject in a factor of the plan: below its cut (LT) or not (GE), else the value; "" for none.
subgroup <- function(frame, key) {
  factors <- paste0(key$parameters, ".factors.", seq_len(items(key$parameters, ".factors")))
  own <- factors[vapply(factors, function(f) setting(f, ".variable"), "") == key$variable]
  if (!length(own)) return(NULL)
  value <- frame[[key$variable]]
  cut <- as.numeric(setting(own, ".cut"))
  if (is.na(cut)) return(as_text(value))
  ifelse(is.na(as_number(value)), "", ifelse(as_number(value) < cut, "LT", "GE"))
}
subgroup_rows <- function(frame, key) {
  of_all <- key$variable == "ALL"
  frame$LEVEL <- if (of_all) "" else subgroup(frame, key)
  named <- if (key$variable_level == "MISSING") "" else key$variable_level
  part <- frame[of_all | frame$LEVEL == named, ]
  least <- if (of_all) 0 else as.numeric(parameter(key, "minimum_events"))
  switch(key$analysis_id,
         EVENTS = arm_counts(part, key),
         COX_UNSTRATIFIED = {
           pair <- unstratified(against_control(part, key$group1_level))
           hazard_ratio(if (enough(pair, least)) cox_of(pair) else c(b = NA, se = NA))
         },
         INTERACTION = interaction_of_levels(against_control(frame[frame$LEVEL != "", ], key$group1_level)))
}
arm_counts <- function(frame, key) {
  mine <- frame[frame$ARM == key$group1_level, ]
  c(n = nrow(mine), events = sum(mine$EVENT))
}

# Likelihood-ratio test of arm by factor: anova of two coxph fits.
interaction_of_levels <- function(pair) {
  none <- nothing("chi_square", "df", "p")
  df <- length(unique(pair$LEVEL)) - 1
  if (df < 1) return(none)
  small <- several(Surv(TIME, EVENT) ~ TEST + factor(LEVEL), pair)
  large <- several(Surv(TIME, EVENT) ~ TEST * factor(LEVEL), pair)
  if (is.null(small) || is.null(large)) return(none)
  chi_square <- 2 * (large$loglik[2] - small$loglik[2])
  c(chi_square = chi_square, df = df, p = pchisq(chi_square, df, lower.tail = FALSE))
}

# --- Markers ---

least_events <- as.numeric(setting("endpoints.biomarkers.minimum_events"))

# Records with STATUS of a marker, "" without a valid result.
with_marker <- function(key, parameter) {
  keep(paste("marker", key$id, key$analysis_set, key$group2, key$group2_level, parameter),
       read_marker(key, parameter))
}
read_marker <- function(key, parameter) {
  marker <- markers()[markers()$parameter == parameter, ]
  frame <- frame_of(key)
  frame$STATUS <- marker_status(frame$USUBJID, parameter, marker$visit, marker$specimen,
                                c(marker$positive, marker$negative))
  frame$POSITIVE <- as.numeric(frame$STATUS == marker$positive)
  frame
}
both_enough <- function(frame) {
  events <- tapply(frame$EVENT, factor(frame$POSITIVE, 0:1), sum)
  all(!is.na(events) & events >= least_events)
}

# Interaction of arm and marker: likelihood-ratio test and ratio of hazard ratios.
marker_interaction <- function(frame) {
  none <- nothing("chi_square", "ratio", "lower", "upper", "p")
  if (!both_enough(frame)) return(none)
  small <- several(Surv(TIME, EVENT) ~ TEST + POSITIVE + strata(STRATUM), frame)
  large <- several(Surv(TIME, EVENT) ~ TEST * POSITIVE + strata(STRATUM), frame)
  if (is.null(small) || is.null(large)) return(none)
  chi_square <- max(0, 2 * (large$loglik[2] - small$loglik[2]))
  ratio <- hazard_ratio(c(b = coef(large)[["TEST:POSITIVE"]], se = sqrt(large$var[3, 3])))
  c(chi_square = chi_square, ratio = ratio[["hr"]], ratio[c("lower", "upper")],
    p = pchisq(chi_square, 1, lower.tail = FALSE))
}

# Hazard ratio of the positive to the negative result in the control arm.
prognosis <- function(frame) {
  frame$TEST <- frame$POSITIVE
  hazard_ratio(if (both_enough(frame)) cox_of(frame) else c(b = NA, se = NA))
}

# The statistics of an analysis of one marker; q-values over all markers: p.adjust.
marker_rows <- function(key) {
  if (key$method == "Benjamini-Hochberg") {
    key$method <- ""
    p <- vapply(markers()$parameter, function(name) {
      key$variable <- name
      marker_rows(key)[["p"]]
    }, 0)
    return(c(q = p.adjust(p, "BH")[[key$variable]]))
  }
  frame <- with_marker(key, key$variable)
  valid <- frame[frame$STATUS != "", ]
  pair <- against_control(valid, key$group1_level)
  level <- pair[pair$STATUS == key$variable_level, ]
  switch(key$analysis_id,
         PREVALENCE = if (key$variable_level == "NE") share(sum(frame$STATUS == ""), nrow(frame)) else
           share(sum(valid$STATUS == key$variable_level), nrow(valid)),
         EVENTS = arm_counts(valid[valid$STATUS == key$variable_level, ], key),
         COX_STRATIFIED = hazard_ratio(
           if (enough(level, least_events)) cox_of(level) else c(b = NA, se = NA)
         ),
         INTERACTION = keep(paste(key$id, "interaction", key$variable, key$group1_level),
                            marker_interaction(pair)),
         PROGNOSTIC = keep(paste(key$id, "prognosis", key$variable),
                           prognosis(valid[valid$ARM == control, ])))
}

# --- Sensitivity analyses of the hazard ratio ---

# Whether values are a level; leading zeros are lost where all are numbers.
same <- function(values, level) values == (if (is.numeric(values)) as_number(level) else level)

# The records, and the strata as STRATUM, of an analysis that the key names.
variant <- function(key) {
  frame <- frame_of(key)
  analysis <- key$variable_level
  if (analysis %in% c("none", "ARM ONLY")) return(unstratified(frame))
  if (analysis == "verified") frame$STRATUM <- verified_stratum(frame)
  if (grepl("^WITHOUT ", analysis)) frame <- frame[!same(frame$SITEID, sub("^WITHOUT ", "", analysis)), ]
  informative <- frame$CNSR > 0 & !frame$CNSR %in% as.numeric(listed(key$parameters, ".administrative"))
  if (analysis == "WORST") frame$EVENT <- frame$EVENT | (informative & frame$ARM != control)
  if (analysis == "BEST") frame$EVENT <- frame$EVENT | (informative & frame$ARM == control)
  frame
}
verified_stratum <- function(frame) {
  names <- vapply(seq_len(items("study.strata")), function(i) {
    verified <- setting("study.strata.", i, ".verified")
    if (is.na(verified) || verified == "") setting("study.strata.", i, ".variable") else verified
  }, "")
  do.call(paste, c(lapply(frame[names], function(x) ifelse(x == "", "Missing", x)), sep = "/"))
}

# Who is analysed, events, and the hazard ratio against the margin, of an analysis.
analysis_rows <- function(key) {
  if (key$variable_level == "LOOK") return(look_rows(key))
  if (key$variable_level %in% c("ADJUSTED", "MARGINAL", "WEIGHTED", "WEIBULL")) return(NULL)
  frame <- variant(key)
  mine <- frame[frame$ARM == key$group1_level, ]
  pair <- against_control(frame, key$group1_level)
  switch(key$analysis_id, ANALYSED = c(n = nrow(mine)), EVENTS = share(sum(mine$EVENT), nrow(mine)),
         ANALYSIS = if (key$variable_level != "FRAILTY") against_margin(cox_of(pair)))
}

# --- Interval-censored times ---

# Intervals in which the events happened, from LEFT to RIGHT, and their KIND.
intervals <- function(key) {
  frame <- frame_of(key)
  start <- as_number(frame$STARTDT)
  last_without <- as_number(frame$INTLDT)
  first_with <- as_number(frame$INTRDT)
  months <- function(day) (day - start + 1) / days_per_month
  known <- frame$EVENT & !is.na(last_without) & !is.na(first_with) & last_without == first_with
  left <- ifelse(!is.na(last_without) & last_without > start, months(last_without), 0)
  frame$LEFT <- ifelse(known, frame$TIME, left)
  frame$RIGHT <- ifelse(known, frame$TIME, ifelse(frame$EVENT, months(first_with), Inf))
  frame$KIND <- ifelse(known, "EXACT", ifelse(frame$EVENT, "INTERVAL", "NO EVENT"))
  frame
}

interval_rows <- function(key) {
  frame <- intervals(key)
  mine <- frame[frame$ARM == key$group1_level, ]
  width <- (mine$RIGHT - mine$LEFT)[mine$KIND == "INTERVAL"]
  switch(key$analysis_id, INTERVALS = share(sum(mine$KIND == key$variable_level), nrow(mine)),
         WIDTH = c(median = if (length(width)) quantile(width, 0.5, type = 2, names = FALSE) else NA,
                   maximum = if (length(width)) max(width) else NA))
}

# --- The look ---

look_rows <- function(key) {
  frame <- look_frame(key)
  if (is.null(frame)) return(NULL)
  mine <- frame[frame$ARM == key$group1_level, ]
  switch(key$analysis_id, ANALYSED = c(n = nrow(mine)), EVENTS = share(sum(mine$EVENT), nrow(mine)),
         ANALYSIS = against_margin(cox_of(against_control(frame, key$group1_level))))
}
look_day <- function(key) {
  frame <- frame_of(key)
  planned <- as.numeric(setting("study.sample_size.events"))
  needed <- ceiling(as.numeric(parameter(key, "information")) * planned)
  c(events = needed, day = sort(as_number(frame$ADT)[frame$EVENT])[needed])
}
look_frame <- function(key) {
  frame <- frame_of(key)
  day <- look_day(key)[["day"]]
  if (is.na(day)) return(NULL)
  where <- paste0(key$parameters, ".assessments")
  records <- dataset(setting(where, ".dataset"))
  records <- records[holds(records, conditions(where, ".where")) & as_number(records$ADT) <= day, ]
  last <- tapply(as_number(records$ADT), records$USUBJID, max)
  frame <- frame[as_number(frame$STARTDT) <= day, ]
  start <- as_number(frame$STARTDT)
  seen <- pmax(as.numeric(last[match(frame$USUBJID, names(last))]), start, na.rm = TRUE)
  later <- as_number(frame$ADT) > day
  frame$EVENT <- frame$EVENT & !later
  frame$TIME <- ifelse(later, (seen - start + 1) / days_per_month, frame$TIME)
  frame
}

# --- Restricted means ---

# Area under the curve to a horizon and its standard error: survmean, as print.survfit(rmean) gives it.
area <- function(frame, horizon) {
  fit <- curve_of(frame$TIME, frame$EVENT)
  if (is.na(horizon) || !reaches(fit, horizon)) return(c(mean = NA, error = NA))
  table <- summary(fit, rmean = horizon)$table
  value <- function(pattern) table[[grep(pattern, names(table))]]
  c(mean = value("^\\*?rmean$"), error = value("^\\*?se\\(rmean\\)$"))
}
wald <- function(estimate, error) {
  half <- qnorm((1 + confidence) / 2) * error
  p <- if (!is.na(error) && error > 0) 2 * pnorm(-abs(estimate / error)) else NA
  c(estimate = estimate, lower = estimate - half, upper = estimate + half, p = p)
}
mean_rows <- function(key) {
  frame <- frame_of(key)
  test <- if (key$group2 == "COMPARISON") key$group2_level else key$group1_level
  of_arm <- function(arm) frame[frame$ARM == arm, ]
  fixed <- key$variable_level == "PRESPECIFIED"
  horizon <- if (fixed) as.numeric(parameter(key, "horizon_months")) else
    min(max(-Inf, of_arm(test)$TIME), max(-Inf, of_arm(control)$TIME))
  if (!is.finite(horizon)) horizon <- NA
  a <- area(of_arm(test), horizon)
  b <- area(of_arm(control), horizon)
  difference <- wald(a[["mean"]] - b[["mean"]], sqrt(a[["error"]]^2 + b[["error"]]^2))
  switch(key$analysis_id, RMST_COMPARISON = c(tau = horizon),
         RMST = {
           own <- if (key$group1_level == control) b else a
           wald(own[["mean"]], own[["error"]])[c("estimate", "lower", "upper")]
         },
         RMST_DIFFERENCE = difference,
         RMST_RATIO = {
           error <- sqrt((a[["error"]] / a[["mean"]])^2 + (b[["error"]] / b[["mean"]])^2)
           found <- wald(log(a[["mean"]] / b[["mean"]]), error)
           c(exp(found[c("estimate", "lower", "upper")]), found["p"])
         },
         RMST_MARGIN = {
           hazard <- log(2) / as.numeric(setting("study.sample_size.control_median"))
           lived <- function(rate) (1 - exp(-rate * horizon)) / rate
           loss <- lived(hazard) - lived(hazard * margin)
           lower <- difference[["lower"]]
           c(margin = -loss, met = if (!is.na(lower)) as.numeric(lower > -loss))
         })
}

# --- Proportional hazards ---

# Test of Grambsch and Therneau: cox.zph.
zph_rows <- function(pair, transform) {
  fit <- several(Surv(TIME, EVENT) ~ TEST + strata(STRATUM), pair)
  if (is.null(fit)) return(nothing("chi_square", "p"))
  if (transform == "log") transform <- log
  test <- tryCatch(cox.zph(fit, transform = transform)$table, error = function(e) NULL)
  if (is.null(test)) return(nothing("chi_square", "p"))
  c(chi_square = test["TEST", "chisq"], p = test["TEST", "p"])
}

# Effect that changes with log time: coxph on the records split at the event times (survSplit).
by_log_time <- function(pair) {
  pair$TIME <- aeqSurv(Surv(pair$TIME, pair$EVENT))[, 1]
  pieces <- survSplit(Surv(TIME, EVENT) ~ TEST + STRATUM, pair, cut = sort(unique(pair$TIME[pair$EVENT])),
                      start = "START", end = "STOP", event = "HAD")
  pieces$PRODUCT <- pieces$TEST * log(pieces$STOP)
  several(Surv(START, STOP, HAD) ~ TEST + PRODUCT + strata(STRATUM), pieces, timefix = FALSE)
}
time_rows <- function(pair, key) {
  plain <- several(Surv(TIME, EVENT) ~ TEST + strata(STRATUM), pair)
  fit <- if (!is.null(plain)) keep(paste("by log time", key$id, key$group1_level), by_log_time(pair))
  if (is.null(fit)) return(nothing("slope", "se", "z", "chi_square", "p", "lr_p", "hr", "lower", "upper"))
  if (key$analysis_id == "HR_AT") {
    at <- c(1, log(as.numeric(key$variable_level)))
    return(hazard_ratio(c(b = sum(at * coef(fit)), se = sqrt(c(at %*% fit$var %*% at)))))
  }
  chi_square <- 2 * (fit$loglik[2] - plain$loglik[2])
  slope <- hazard_ratio(c(b = coef(fit)[[2]], se = sqrt(fit$var[2, 2])))
  c(slope = slope[["log_hr"]], slope[c("se", "z", "p")], chi_square = chi_square,
    lr_p = pchisq(chi_square, 1, lower.tail = FALSE))
}

# --- Weighted log-rank tests ---

# Numbers of a stratum at its event times: at risk and dying, all and in the test arm; the curve just before.
risk_table <- function(part) {
  part$TIME <- aeqSurv(Surv(part$TIME, part$EVENT))[, 1]
  t <- sort(unique(part$TIME[part$EVENT]))
  n <- vapply(t, function(u) sum(part$TIME >= u), 0)
  d <- vapply(t, function(u) sum(part$EVENT & part$TIME == u), 0)
  n1 <- vapply(t, function(u) sum(part$TEST * (part$TIME >= u)), 0)
  d1 <- vapply(t, function(u) sum(part$TEST * (part$EVENT & part$TIME == u)), 0)
  data.frame(n, d, n1, d1, before = c(1, cumprod(1 - d / n))[seq_along(t)])
}

# A stratified test with weights of the plan, by definition; with equal weights by survdiff.
weighted_rows <- function(pair, key) {
  tests <- paste0(key$parameters, ".tests.", seq_len(items(key$parameters, ".tests")))
  own <- tests[vapply(tests, function(test) setting(test, ".label"), "") == key$variable_level]
  if (length(own) != 1) return(NULL)
  number <- function(name) {
    value <- as.numeric(setting(own, ".", name))
    if (is.na(value)) 0 else value
  }
  rho <- number("rho")
  gamma <- number("gamma")
  kind <- setting(own, ".weight")
  score <- 0
  variance <- 0
  for (part in split(pair, pair$STRATUM)) {
    r <- risk_table(part)
    w <- switch(if (is.na(kind)) "fh" else kind, "gehan-breslow" = r$n, "tarone-ware" = sqrt(r$n),
                r$before^rho * (1 - r$before)^gamma)
    score <- score + sum(w * (r$d1 - r$d * r$n1 / r$n))
    v <- r$d * r$n1 / r$n * (1 - r$n1 / r$n) * (r$n - r$d) / pmax(r$n - 1, 1)
    variance <- variance + sum(w^2 * v)
  }
  if (!(variance > 0)) return(nothing("z", "chi_square", "p"))
  z <- score / sqrt(variance)
  chi_square <- if (is.na(kind) && rho == 0 && gamma == 0) log_rank(pair)[["chi_square"]] else z^2
  c(z = z, chi_square = chi_square, p = pchisq(chi_square, 1, lower.tail = FALSE))
}

# --- Which rows are which ---

censoring_rows <- function(key) {
  frame <- frame_of(key)
  frame$EVENT <- frame$CNSR > 0 & !frame$CNSR %in% as.numeric(listed(key$parameters, ".administrative"))
  mine <- frame[frame$ARM == key$group1_level, ]
  switch(key$analysis_id, CENSORING = share(sum(mine$EVENT), nrow(mine)),
         CENSORING_HAZARD = hazard_ratio(cox_of(against_control(frame, key$group1_level))))
}
status_rows <- function(key) {
  frame <- frame_of(key)
  chosen <- frame$ARM == key$group1_level & frame$EVENT == (key$analysis_id == "EVENTS")
  if (key$variable == "EVNTDESC") chosen <- chosen & frame$EVNTDESC == key$variable_level
  share(sum(chosen), subjects(key)[["N"]])
}

# The statistics of a group of rows.
numbers <- function(key) {
  if (items(key$parameters, ".factors") > 0) return(subgroup_rows(frame_of(key), key))
  if (key$variable %in% markers()$parameter) return(marker_rows(key))
  if (grepl("^RMST", key$analysis_id)) return(mean_rows(key))
  if (key$variable == "ANALYSIS" || key$analysis_id == "SITE") {
    return(if (key$analysis_id == "SITE") site_rows(key) else analysis_rows(key))
  }
  frame <- if (key$group2 == "PARAMCD") frame_of(key)
  if (is.null(frame)) return(NULL)
  pair <- if (key$group1_level != "") against_control(frame, key$group1_level)
  switch(key$analysis_id,
         EVENTS = , CENSORED = status_rows(key), INTERVALS = , WIDTH = interval_rows(key),
         LOOK = look_day(key), CENSORING = , CENSORING_HAZARD = censoring_rows(key),
         OTHER_STRATUM = share(sum(frame$STRATUM != verified_stratum(frame)), nrow(frame)),
         SCORE_TEST = if (key$variable == "TRANSFORM") zph_rows(pair, key$variable_level),
         ARM_BY_TIME = , HR_AT = time_rows(pair, key), WEIGHTED_TEST = weighted_rows(pair, key),
         FRAILTY = c(n = length(unique(pair$SITEID))))
}
site_rows <- function(key) c(n = sum(same(frame_of(key)$SITEID, key$variable_level)))

if (with_survival) for (id in ids) fill(id, numbers)
