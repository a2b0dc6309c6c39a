# Second programming of response rates, agreement, biomarkers and timing of assessments: binom.test, glm,
# mantelhaen.test, mcnemar.test, kruskal.test, coxph; Miettinen-Nurminen by uniroot, kappa by definition.

here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
for (name in c("keyed.R", "limits.R", "survival_estimates.R")) source(file.path(here, name))

# Count and percentage of those in a column who meet a condition, of those whom it concerns.
counted <- function(key, arm, condition, of = TRUE) {
  inside <- in_column(arm, key$group1_level)
  share(sum(condition & of & inside), sum(of & inside))
}

# The two parts of a level such as "Y / N".
halves <- function(level) strsplit(level, " / ", fixed = TRUE)[[1]]

# Best responses, response rates, their difference and the Cochran-Mantel-Haenszel test.
responses <- function(key) {
  block <- block_of(key)
  adrs <- dataset("ADRS")
  adrs <- adrs[adrs$PARAMCD == key$group2_level & adrs$EVAL == setting(block, ".evaluator"), ]
  adsl <- members(key$analysis_set)
  response <- adrs$AVALC[match(adsl$USUBJID, adrs$USUBJID)]
  response[is.na(response)] <- "NE"
  if (key$analysis_id == "BEST_RESPONSE") return(counted(key, adsl$ARM, response == key$variable_level))
  responded <- response %in% listed(block, ".responders")
  if (key$analysis_id == "RESPONSE_RATE") {
    here <- adsl$ARM == key$group1_level
    return(c(n = sum(responded & here), clopper_pearson(sum(responded & here), sum(here), confidence)))
  }
  pair <- adsl$ARM %in% c(key$group1_level, control)
  test <- adsl$ARM[pair] == key$group1_level
  if (key$analysis_id == "CMH") {
    return(cochran_mantel_haenszel(responded[pair], test, adsl$STRATUM[pair], confidence))
  }
  count <- function(inside) as.numeric(tapply(inside, adsl$STRATUM[pair], sum))
  y <- responded[pair]
  found <- risk_difference(count(y & test), count(test), count(y & !test), count(!test), confidence)
  100 * found[c("difference", "lower", "upper")]
}

# The block of the plan that has a parameter and, where the row names responders, these.
block_of <- function(key) {
  blocks <- paste0(key$parameters, ".blocks.", seq_len(items(key$parameters, ".blocks")))
  if (!items(key$parameters, ".blocks")) return(key$parameters)
  fits <- vapply(blocks, function(block) {
    wanted <- key$analysis_id == "BEST_RESPONSE" ||
      paste(listed(block, ".responders"), collapse = "+") == key$variable_level
    setting(block, ".paramcd") == key$group2_level && wanted
  }, TRUE)
  blocks[fits][1]
}

# Variables of a subject that the plan takes from the one record that meets conditions.
with_derived <- function(adsl, parameters) {
  for (i in seq_len(items(parameters, ".derived"))) {
    rule <- paste0(parameters, ".derived.", i)
    records <- dataset(setting(rule, ".dataset"))
    records <- records[holds(records, conditions(rule, ".where"), conditions(rule, ".any_of")), ]
    value <- records[[setting(rule, ".variable")]][match(adsl$USUBJID, records$USUBJID)]
    adsl[[setting(rule, ".name")]] <- if (is.character(value)) ifelse(is.na(value), "", value) else value
  }
  adsl
}

# Agreement of two readings: cells in percent of `of`, the discordant, those without a rating, kappa.
agreement <- function(key, adsl, pair, of_rated) {
  first <- as_text(adsl[[setting(pair, ".first")]])
  second <- as_text(adsl[[setting(pair, ".second")]])
  rated <- first != "" & second != ""
  of <- if (of_rated) rated else rep(TRUE, nrow(adsl))
  if (key$method == "Cohen's kappa") {
    inside <- rated & in_column(adsl$ARM, key$group1_level)
    declared <- names(below(pair, ".levels"))
    levels <- unique(c(declared, setdiff(c(first, second), "")))
    return(kappa_limits(first[inside], second[inside], levels, confidence))
  }
  if (key$variable_level == "NOT RATED") return(counted(key, adsl$ARM, !rated))
  if (key$variable_level == "DISCORDANT") return(counted(key, adsl$ARM, rated & first != second, of))
  cell <- halves(key$variable_level)
  counted(key, adsl$ARM, first == cell[1] & second == cell[2], of)
}

# Strata as randomised and as verified.
strata_agreement <- function(key) {
  pairs <- paste0(key$parameters, ".pairs.", seq_len(items(key$parameters, ".pairs")))
  pair <- pairs[vapply(pairs, function(p) setting(p, ".id"), "") == key$analysis_id]
  agreement(key, members(key$analysis_set), pair, FALSE)
}

# Two readers of progression: agreement, order of their dates, early and late discrepancy and its difference.
readers <- function(key) {
  adsl <- with_derived(members(key$analysis_set), key$parameters)
  pair <- paste0(key$parameters, ".pair")
  if (key$analysis_id == setting(pair, ".id")) return(agreement(key, adsl, pair, TRUE))
  first <- as_number(adsl[[setting(key$parameters, ".first_date")]])
  second <- as_number(adsl[[setting(key$parameters, ".second_date")]])
  both <- !is.na(first) & !is.na(second)
  earlier <- both & first < second
  later <- both & first > second
  if (key$analysis_id == "TIMING") {
    found <- switch(key$variable_level, SAME = both & first == second, EARLIER = earlier, LATER = later)
    return(counted(key, adsl$ARM, found, both))
  }
  alone <- !is.na(first) & is.na(second)
  unseen <- is.na(first) & !is.na(second)
  early <- key$variable_level == "EARLY"
  of <- if (early) alone | both else alone | unseen | earlier | later
  found <- if (early) alone | earlier else unseen | later
  if (key$method == "Count") return(c(whole = sum(of & in_column(adsl$ARM, key$group1_level))))
  if (key$method == "Count and percentage") return(counted(key, adsl$ARM, found, of))
  x <- vapply(c(key$group1_level, control), function(arm) sum(found & of & adsl$ARM == arm), 0)
  n <- vapply(c(key$group1_level, control), function(arm) sum(of & adsl$ARM == arm), 0)
  setNames(100 * risk_difference(x[1], n[1], x[2], n[2], confidence)[1:3], c("rd", "lower", "upper"))
}

# A marker of the plan by its parameter, and its status by subject: a level, or NE.
marker_of <- function(parameter) markers()[markers()$parameter == parameter, ]
marker_levels <- function(marker) c(marker$positive, marker$negative)
status <- function(marker, subject, visit = marker$visit) {
  found <- marker_status(subject, marker$parameter, visit, marker$specimen, marker_levels(marker))
  ifelse(found == "", "NE", found)
}

# Valid results of a marker of all patients, its levels of the valid ones.
prevalence <- function(key) {
  adsl <- members(key$analysis_set)
  marker <- marker_of(key$variable)
  result <- status(marker, adsl$USUBJID)
  valid <- result != "NE"
  level <- key$variable_level
  if (level == "TESTED") return(counted(key, adsl$ARM, valid))
  if (level == "NE") return(counted(key, adsl$ARM, !valid))
  found <- counted(key, adsl$ARM, result == level, valid)
  if (key$method == "Count and percentage") return(found)
  clopper_pearson(found[["n"]], sum(valid & in_column(adsl$ARM, key$group1_level)), confidence)
}

# Times with the status of a marker; NE where a level has fewer events than the plan wants.
marker_times <- function(key, arms) {
  frame <- times_of(key$analysis_set, key$group2_level)
  frame$STATUS <- status(marker_of(key$variable), frame$USUBJID)
  frame <- frame[frame$ARM %in% arms & frame$STATUS != "NE", ]
  frame$TEST <- as.numeric(frame$ARM != control)
  frame
}
enough <- function(frame, levels) {
  minimum <- as.numeric(setting("endpoints.biomarkers.minimum_events"))
  all(vapply(levels, function(level) sum(frame$EVENT[frame$STATUS == level]), 0) >= minimum)
}

# Product of arm and marker beside both: coxph, anova's likelihood-ratio test; marker in control: coxph.
interaction <- function(key) {
  frame <- marker_times(key, c(key$group1_level, control))
  levels <- marker_levels(marker_of(key$variable))
  nothing <- c(chi_square = NA, ratio = NA, lower = NA, upper = NA, p = NA)
  if (!enough(frame, levels)) return(nothing)
  frame$POSITIVE <- frame$STATUS == levels[1]
  fit <- tryCatch(lapply(c("TEST * POSITIVE", "TEST + POSITIVE"), function(terms) {
    coxph(as.formula(paste("Surv(TIME, EVENT) ~", terms, "+ strata(STRATUM)")), frame, control = exact())
  }), warning = function(w) NULL)
  if (is.null(fit)) return(nothing)
  chi_square <- max(2 * (fit[[1]]$loglik[2] - fit[[2]]$loglik[2]), 0)
  ratio <- hazard_ratio(c(b = fit[[1]]$coefficients[[3]], se = sqrt(fit[[1]]$var[3, 3])))
  c(chi_square = chi_square, ratio = ratio[["hr"]], ratio[c("lower", "upper")],
    p = pchisq(chi_square, 1, lower.tail = FALSE))
}
prognosis <- function(key) {
  frame <- marker_times(key, control)
  levels <- marker_levels(marker_of(key$variable))
  if (!enough(frame, levels)) return(c(hr = NA, lower = NA, upper = NA, p = NA))
  frame$TEST <- as.numeric(frame$STATUS == levels[1])
  hazard_ratio(cox_of(frame))[c("hr", "lower", "upper", "p")]
}

# Statistics of the effects of a marker; q-values among all markers: p.adjust.
marker_effect <- function(key) {
  all_markers <- each("endpoints.biomarkers.markers", "parameter")
  effect <- if (key$analysis_id == "INTERACTION") interaction else prognosis
  if (key$method == "Benjamini-Hochberg") {
    p <- vapply(all_markers, function(name) effect(replace(key, "variable", name))[["p"]], 0)
    return(c(q = p.adjust(p, "BH")[[match(key$variable, all_markers)]]))
  }
  if (key$analysis_id %in% c("INTERACTION", "PROGNOSTIC")) return(effect(key))
  if (key$analysis_id == "EVENTS") {
    frame <- marker_times(key, key$group1_level)
    here <- frame$STATUS == key$variable_level
    return(c(n = sum(here), events = sum(frame$EVENT & here)))
  }
  frame <- marker_times(key, c(key$group1_level, control))
  if (!enough(frame, key$variable_level)) return(c(hr = NA, lower = NA, upper = NA))
  hazard_ratio(cox_of(frame[frame$STATUS == key$variable_level, ]))[c("hr", "lower", "upper")]
}

# Status of a marker at baseline and later, and McNemar's test.
conversion <- function(key) {
  if (key$dataset == "ADTTE") return(if (with_survival) marker_effect(key))
  adsl <- members(key$analysis_set)
  marker <- marker_of(key$variable)
  first <- status(marker, adsl$USUBJID)
  second <- status(marker, adsl$USUBJID, setting(key$parameters, ".second_visit"))
  valid <- first != "NE" & second != "NE"
  if (key$analysis_id == "MCNEMAR") {
    inside <- valid & in_column(adsl$ARM, key$group1_level)
    positive <- marker_levels(marker)[1]
    lost <- sum(inside & first == positive & second != positive)
    return(mcnemar(lost, sum(inside & first != positive & second == positive), sum(inside), confidence))
  }
  there <- switch(key$variable_level, FIRST = first != "NE", SECOND = second != "NE", PAIRS = valid)
  if (!is.null(there)) return(counted(key, adsl$ARM, there))
  cell <- halves(key$variable_level)
  counted(key, adsl$ARM, first == cell[1] & second == cell[2], valid)
}

# Patients with day and result of a sample, and the time from it to the event.
clearance_frame <- function(key) {
  of <- function(name) setting(key$parameters, ".", name)
  adsl <- members(key$analysis_set)
  adbm <- dataset("ADBM")
  adbm <- adbm[adbm$PARAMCD == of("marker") & adbm$AVISIT == of("visit") & adbm$BMSPEC == of("specimen"), ]
  adtte <- dataset("ADTTE")
  adtte <- adtte[adtte$PARAMCD == of("paramcd"), ]
  sample <- match(adsl$USUBJID, adbm$USUBJID)
  end <- match(adsl$USUBJID, adtte$USUBJID)
  adsl$DAY <- as_number(adbm$ADT)[sample]
  adsl$RESULT <- ifelse(is.na(sample), "", adbm$AVALC[sample])
  adsl$EVALUABLE <- adsl$RESULT %in% c(of("positive"), of("negative"))
  adsl$TIME <- (as_number(adtte$ADT)[end] - adsl$DAY) / days_per_month
  adsl$EVENT <- adtte$CNSR[end] %in% 0
  adsl
}

# Clearance at a visit, what follows it, and the odds ratio of the arms: binom.test, survfit, coxph, glm.
clearance <- function(key) {
  frame <- clearance_frame(key)
  positive <- setting(key$parameters, ".positive")
  if (key$analysis_id == "LOGISTIC") return(odds_ratio(frame[frame$EVALUABLE, ], positive, key$group1_level))
  if (key$analysis_id == "FINDING") {
    found <- switch(key$variable_level, SAMPLED = !is.na(frame$DAY), EVALUABLE = frame$EVALUABLE)
    if (!is.null(found)) return(counted(key, frame$ARM, found))
    rate <- counted(key, frame$ARM, frame$RESULT == key$variable_level, frame$EVALUABLE)
    if (key$method == "Count and percentage") return(rate)
    whole <- sum(frame$EVALUABLE & in_column(frame$ARM, key$group1_level))
    return(clopper_pearson(rate[["n"]], whole, confidence))
  }
  frame <- frame[frame$EVALUABLE & in_column(frame$ARM, key$group1_level), ]
  late <- is.na(frame$TIME) | frame$TIME <= 0
  if (key$analysis_id == "LEFT_OUT") return(c(n = sum(late)))
  frame <- frame[!late, ]
  if (!with_survival) return(NULL)
  if (key$analysis_id == "COX_LANDMARK") {
    if (!key$group1_level %in% arm_ids) frame$STRATUM <- paste(frame$STRATUM, frame$ARM, sep = "/")
    frame$TEST <- as.numeric(frame$RESULT == positive)
    return(hazard_ratio(cox_of(frame))[c("hr", "lower", "upper", "p")])
  }
  frame <- frame[frame$RESULT == key$variable_level, ]
  if (key$analysis_id == "AFTER") return(c(n = nrow(frame), events = sum(frame$EVENT)))
  curve <- curve_of(frame$TIME, frame$EVENT)
  if (key$analysis_id == "KM_MEDIAN") return(quantile_of(curve, 0.5))
  rate_of(curve, as.numeric(sub("^KM_RATE_", "", key$analysis_id)))
}

# Odds ratio of a test arm to control in a model with all arms and strata: glm; NE under separation.
odds_ratio <- function(frame, positive, test) {
  nothing <- c(estimate = NA, lower = NA, upper = NA, p = NA)
  y <- frame$RESULT == positive
  if (length(unique(y)) < 2) return(nothing)
  arm <- relevel(factor(frame$ARM, arm_ids), control)
  terms <- if (length(unique(frame$STRATUM)) > 1) y ~ arm + frame$STRATUM else y ~ arm
  tight <- glm.control(epsilon = 1e-15, maxit = 100)
  fit <- tryCatch(glm(terms, binomial, control = tight), error = function(e) NULL)
  name <- paste0("arm", test)
  if (is.null(fit) || max(abs(fit$linear.predictors)) > 20 || !name %in% names(coef(fit))) return(nothing)
  found <- hazard_ratio(c(b = coef(fit)[[name]], se = sqrt(vcov(fit)[name, name])))
  c(estimate = found[["hr"]], found[c("lower", "upper", "p")])
}

# Assessments with days off schedule, scheduled weeks and days since the one before or randomisation.
assessments <- function(key) {
  adsl <- members(key$analysis_set)
  adrs <- dataset("ADRS")
  adrs <- adrs[holds(adrs, conditions(key$parameters, ".where")) & adrs$USUBJID %in% adsl$USUBJID, ]
  adrs <- adrs[order(adrs$USUBJID, adrs$ADT), c("USUBJID", "AVISITN", "ADT")]
  row <- match(adrs$USUBJID, adsl$USUBJID)
  start <- as_number(adsl$RANDDT)[row]
  first <- !duplicated(adrs$USUBJID)
  before <- function(x, at_first) ifelse(first, at_first, c(NA, x)[seq_along(x)])
  adrs$ARM <- adsl$ARM[row]
  adrs$OFF <- adrs$ADT - start - 7 * adrs$AVISITN
  adrs$WEEKS <- adrs$AVISITN - before(adrs$AVISITN, 0)
  adrs$DAYS <- adrs$ADT - before(adrs$ADT, start)
  adrs
}

# Timing of assessments by patient and by visit; Wilcoxon's test by kruskal.test.
timing <- function(key) {
  records <- assessments(key)
  adsl <- members(key$analysis_set)
  every <- as.numeric(setting("study.scan_interval_weeks"))
  late <- abs(records$OFF) > as.numeric(setting("study.scan_window_days"))
  if (key$variable == "AVISITN") {
    here <- records$AVISITN == as.numeric(key$variable_level)
    if (key$analysis_id == "VISIT_OFF") return(counted(key, records$ARM, late, here))
    here <- here & in_column(records$ARM, key$group1_level)
    return(describe(records$OFF[here])[c("n", "median", "min", "max")])
  }
  found <- switch(key$variable, OFFFL = late, MISSFL = records$WEEKS >= 2 * every,
                  MISS2FL = records$WEEKS >= 3 * every)
  if (!is.null(found)) return(counted(key, adsl$ARM, adsl$USUBJID %in% records$USUBJID[found]))
  mean_days <- tapply(records$DAYS, records$USUBJID, mean)
  value <- if (key$variable == "INTERVAL") as.numeric(mean_days[adsl$USUBJID]) / 7 else
    as.numeric(table(factor(records$USUBJID, adsl$USUBJID)))
  if (key$analysis_id == "WILCOXON") {
    pair <- adsl$ARM %in% c(key$group1_level, control) & !is.na(value)
    varied <- length(unique(adsl$ARM[pair])) > 1 && length(unique(value[pair])) > 1
    if (!varied) return(c(chi_square = NA, p = NA))
    test <- kruskal.test(value[pair], factor(adsl$ARM[pair]))
    return(c(chi_square = unname(test$statistic), p = test$p.value))
  }
  value <- value[in_column(adsl$ARM, key$group1_level)]
  if (key$variable_level == "MISSING") c(n = sum(is.na(value))) else describe(value)
}

# The statistics of a group of rows, by what the plan's parameters hold.
numbers <- function(key) {
  has <- function(name) length(below(key$parameters, name)) > 0 || !is.na(setting(key$parameters, name))
  if (has(".pairs")) return(strata_agreement(key))
  if (has(".pair")) return(readers(key))
  if (has(".last_week")) return(timing(key))
  if (has(".responders") || has(".blocks")) return(responses(key))
  if (has(".marker")) return(clearance(key))
  if (has(".second_visit")) return(conversion(key))
  prevalence(key)
}

for (id in ids) fill(id, numbers)
