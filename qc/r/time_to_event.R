# Second programming of times to an event: Kaplan-Meier curves, quantiles, rates and follow-up by survfit,
# hazard ratios by coxph, log-rank tests by survdiff, all of survival; Miettinen-Nurminen by uniroot.

here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
for (name in c("keyed.R", "limits.R", "survival_estimates.R")) source(file.path(here, name))

# The records that a group of rows is about: of its parameter, or of a level of a marker.
name_of <- function(key) paste(key$id, key$analysis_set, key$group2, key$group2_level)
frame_of <- function(key) keep(paste("frame", name_of(key)), read_frame(key))
read_frame <- function(key) {
  if (key$group2 == "PARAMCD") return(times_of(key$analysis_set, parameter_of(key)))
  frame <- times_of(key$analysis_set, setting(key$parameters, ".paramcd"))
  marker <- markers()[markers()$id == key$group2, ]
  if (nrow(marker) != 1) return(NULL)
  levels <- c(marker$positive, marker$negative)
  status <- marker_status(frame$USUBJID, marker$parameter, marker$visit, marker$specimen, levels)
  frame[status == key$group2_level, ]
}
parameter_of <- function(key) {
  if (key$group2_level == "") setting(key$parameters, ".paramcd") else key$group2_level
}

# Whom percentages are of: the arm; those with the level of a marker; those with a response.
whole_of <- function(frame, key) {
  of_records <- key$group2 != "PARAMCD" || !is.na(setting(key$parameters, ".response_paramcd"))
  if (of_records) sum(frame$ARM == key$group1_level) else subjects(key)[["N"]]
}

# Events or censorings of the arm, all or of one kind.
counted <- function(frame, key) {
  chosen <- frame$ARM == key$group1_level & frame$EVENT == (key$analysis_id == "EVENTS")
  if (key$variable == "EVNTDESC") chosen <- chosen & frame$EVNTDESC == key$variable_level
  share(sum(chosen), whole_of(frame, key))
}

# Members of the reference set that are not in the set.
excluded <- function(key) {
  reference <- members(key$variable_level)
  reference <- reference[reference$ARM == key$group1_level, ]
  share(sum(!reference$USUBJID %in% members(key$analysis_set)$USUBJID), nrow(reference))
}

# Subjects whose status or time differs from that of a reference parameter.
changed <- function(frame, key) {
  there <- times_of(key$analysis_set, key$variable)
  both <- merge(frame[frame$ARM == key$group1_level, ], there[c("USUBJID", "TIME", "EVENT")],
                by = "USUBJID", suffixes = c("", ".there"))
  same <- both$EVENT == both$EVENT.there
  chosen <- switch(key$variable_level,
                   LOST = both$EVENT.there & !both$EVENT, ADDED = both$EVENT & !both$EVENT.there,
                   EARLIER = same & both$TIME < both$TIME.there, LATER = same & both$TIME > both$TIME.there)
  share(sum(chosen), subjects(key)[["N"]])
}

# Strata of the data; subjects and events in one of them.
strata_counts <- function(frame, key) {
  if (key$variable == "") return(c(n = length(unique(frame$STRATUM))))
  inside <- frame$STRATUM == key$variable_level
  c(n = sum(inside), events = sum(inside & frame$EVENT))
}

# One step of a curve: survfit.
step <- function(fit, key) {
  at <- as.integer(key$variable_level)
  if (is.null(fit) || at > length(fit$time)) return(NULL)
  c(time = fit$time[at], estimate = fit$surv[at], n_risk = fit$n.risk[at], n_event = fit$n.event[at],
    n_censored = fit$n.censor[at])
}

# Rothmann's synthesis test under an assumption that the key names.
preserved <- function(fit, key) {
  found <- gregexpr("[0-9.]+(e-?[0-9]+)?", key$variable_level)
  number <- as.numeric(regmatches(key$variable_level, found)[[1]])
  rest <- 1 - number[3]
  z <- (fit[["b"]] + rest * log(number[1])) / sqrt(fit[["se"]]^2 + (rest * number[2])^2)
  c(assumed_hr = number[1], assumed_se = number[2], z = z, p = pnorm(z))
}

# Subjects of the arms with the adverse event that the sequence of tests is about.
safety <- function(key, arm) {
  event <- paste0(key$parameters, ".safety_event")
  set <- setting(event, ".set")
  adae <- dataset("ADAE")
  chosen <- adae$TRTEMFL == "Y" & adae[[setting(event, ".variable")]] == setting(event, ".value") &
    as_number(adae$ATOXGRN) >= as.numeric(setting(event, ".minimum_grade"))
  mine <- members(set)
  mine <- mine$USUBJID[mine$ARM == arm]
  c(n = sum(mine %in% adae$USUBJID[which(chosen)]), N = length(mine))
}
safety_difference <- function(key) {
  test <- safety(key, key$group1_level)
  reference <- safety(key, control)
  found <- miettinen_nurminen(test[["n"]], test[["N"]], reference[["n"]], reference[["N"]], confidence)
  percent <- c("difference", "lower", "upper")
  replace(found, percent, 100 * found[percent])
}

# Whether a step of the sequence is met in a set by the numbers alone.
criterion <- function(step, set, key) {
  alpha <- as.numeric(setting(step, ".alpha"))
  pair <- function() {
    against_control(times_of(set, setting(key$parameters, ".paramcd.", set)), key$group1_level)
  }
  met <- switch(setting(step, ".test"),
                "non-inferiority" = against_margin(cox_of(pair()))[["met"]] == 1,
                "superiority" = log_rank(pair())[["p"]] < alpha && cox_of(pair())[["b"]] < 0,
                "risk difference" = {
                  found <- safety_difference(key)
                  found[["p"]] < alpha && found[["difference"]] < 0
                })
  isTRUE(met)
}

# A step of the sequence: its level, the criteria that are met, and its status if it was reached.
gate <- function(key) {
  steps <- paste0("study.gate.", seq_len(items("study.gate")))
  all_met <- function(step) {
    vapply(listed(step, ".analysis_sets"), function(set) criterion(step, set, key), TRUE)
  }
  own <- which(vapply(steps, function(step) setting(step, ".id"), "") == key$variable_level)
  if (key$analysis_set != "") return(c(criterion = as.numeric(criterion(steps[own], key$analysis_set, key))))
  met <- lapply(steps[seq_len(own)], all_met)
  status <- if (all(unlist(met[-own]))) c(status = as.numeric(all(met[[own]])))
  c(alpha = as.numeric(setting(steps[own], ".alpha")), criteria_met = sum(met[[own]]), status)
}

# The statistics of a group of rows that need no curve or model.
plain <- function(key) {
  switch(key$analysis_id, EXCLUDED = excluded(key), GATE = gate(key),
         RISK_DIFFERENCE = safety_difference(key),
         EVENT_SHARE = {
           found <- safety(key, key$group1_level)
           c(share(found[["n"]], found[["N"]]), found["N"])
         },
         SUMMARY = {
           frame <- times_of(key$analysis_set, key$variable)
           describe(frame$TIME[frame$ARM == key$group1_level])
         })
}

# The statistics of a group of rows.
numbers <- function(key) {
  if (key$dataset == "ADAE" || key$analysis_id %in% c("EXCLUDED", "GATE", "SUMMARY")) return(plain(key))
  if (key$group2 == "") return(NULL)
  frame <- frame_of(key)
  if (is.null(frame)) return(NULL)
  mine <- function(arm = key$group1_level) frame[frame$ARM == arm, ]
  curve <- function(arm = key$group1_level) {
    keep(paste("curve", name_of(key), arm), curve_of(mine(arm)$TIME, mine(arm)$EVENT))
  }
  pair <- function() against_control(frame, key$group1_level)
  cox <- function() keep(paste("cox", name_of(key), key$group1_level), cox_of(pair()))
  month <- suppressWarnings(as.numeric(key$variable_level))
  switch(key$analysis_id,
         EVENTS = , CENSORED = counted(frame, key), ANALYSED = c(n = nrow(mine())),
         RESPONDERS = share(nrow(mine()), subjects(key)[["N"]]),
         REFERENCE_EVENTS = {
           there <- times_of(key$analysis_set, key$variable_level)
           share(sum(there$EVENT[there$ARM == key$group1_level]), subjects(key)[["N"]])
         },
         CHANGE = changed(frame, key), STRATA = strata_counts(frame, key),
         MATURITY = share(sum(frame$EVENT), nrow(members(key$analysis_set))),
         KM_Q1 = quantile_of(curve(), 0.25), KM_MEDIAN = quantile_of(curve(), 0.5),
         KM_Q3 = quantile_of(curve(), 0.75), KM_RATE = rate_of(curve(), month), KM_CURVE = step(curve(), key),
         AT_RISK = c(n = sum(mine()$TIME >= month)),
         FOLLOW_UP = quantile_of(curve_of(mine()$TIME, !mine()$EVENT), 0.5),
         FOLLOW_UP_RANGE = describe(mine()$TIME[!mine()$EVENT])[c("min", "max")],
         RATE_DIFFERENCE = rate_difference(curve(), curve(control), month),
         COX_STRATIFIED = hazard_ratio(cox()), COX_UNSTRATIFIED = hazard_ratio(cox_of(unstratified(pair()))),
         LOG_RANK_STRATIFIED = log_rank(pair()), LOG_RANK_UNSTRATIFIED = log_rank(unstratified(pair())),
         NONINFERIORITY = against_margin(cox()),
         NONINFERIORITY_UNSTRATIFIED = against_margin(cox_of(unstratified(pair()))),
         PRESERVED = preserved(cox(), key))
}

if (with_survival) for (id in ids) fill(id, numbers)
