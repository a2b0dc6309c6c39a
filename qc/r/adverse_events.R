# Second programming of the proportions of patients with adverse events or beyond limits, and of event rates:
# counts from dates, grades and relations; risk differences by uniroot; rates by poisson.test.

here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
for (name in c("keyed.R", "limits.R")) source(file.path(here, name))

# ADSL of a set with RISK: days from the first dose to 28 days (of the plan) after the last, death or cut-off.
at_risk <- function(set) {
  adsl <- members(set)
  adsl$LAST <- as_number(adsl$TRTEDT) + as.numeric(setting("study.treatment_emergent_days"))
  cut_off <- as_number(adsl[[setting("study.data_cut.variable")]])
  end <- pmin(adsl$LAST, as_number(adsl$DTHDT), cut_off, na.rm = TRUE)
  adsl$RISK <- end - as_number(adsl$TRTSDT) + 1
  adsl
}

# Adverse events of a set with ARM, START and TRTEMFL made anew: begun from the first dose to the end of the
# period; an unknown start is the first dose unless the event was over; a missing relation is a relation.
events_of <- function(set) {
  adsl <- at_risk(set)
  events <- dataset("ADAE")
  row <- match(events$USUBJID, adsl$USUBJID)
  events <- events[!is.na(row), ]
  row <- row[!is.na(row)]
  first <- as_number(adsl$TRTSDT)[row]
  start <- as_number(events$ASTDT)
  over <- !is.na(events$AENDT) & as_number(events$AENDT) < first
  start <- ifelse(is.na(start) & !over, first, start)
  emergent <- !is.na(start) & start >= first & (is.na(adsl$LAST[row]) | start <= adsl$LAST[row])
  events$ARM <- adsl$ARM[row]
  events$RISK <- adsl$RISK[row]
  events$START <- start - first + 1
  events$TRTEMFL <- ifelse(emergent, "Y", "")
  for (name in grep("^AREL[0-9]*$", names(events), value = TRUE)) {
    events[[name]] <- ifelse(events[[name]] == "", "RELATED", events[[name]])
  }
  events
}

# Records of a dataset of the members of a set, with ARM; the treatment-emergent of the adverse events.
records_of <- function(name, set) {
  keep(paste(name, set), if (name == "ADAE") events_of(set) else {
    adsl <- members(set)
    records <- dataset(name)
    records$ARM <- adsl$ARM[match(records$USUBJID, adsl$USUBJID)]
    records[!is.na(records$ARM), ]
  })
}
emergent_of <- function(set) keep(paste("emergent", set), subset(records_of("ADAE", set), TRTEMFL == "Y"))

# Patients of an arm, and of those who have something.
size <- function(set, arm) sum(in_column(members(set)$ARM, arm))
patients <- function(records, arm) length(unique(records$USUBJID[in_column(records$ARM, arm)]))

# The position in a list of the plan of the item with an id; an empty id stands for an item without one.
position_of <- function(list, id) {
  ids <- vapply(seq_len(items(list)), function(i) setting(list, ".", i, ".id"), "")
  ids[is.na(ids)] <- ""
  match(id, ids)
}

# Statistics of a table of proportions from those with the event: share, events, risk difference, rates.
of_records <- function(key, records) {
  set <- key$analysis_set
  arm <- key$group1_level
  having <- function(arm) patients(records, arm)
  if (key$method == "Count and percentage") return(share(having(arm), size(set, arm)))
  if (grepl("^Risk difference", key$method)) return(difference_of(
    having(arm), size(set, arm), having(control), size(set, control)
  ))
  count <- sum(records$ARM == arm)
  if (key$method == "Count") return(c(events = count, n = having(arm)))
  adsl <- keep(paste("risk", set), at_risk(set))
  rate_of(count, years(adsl, arm), as.numeric(setting(key$parameters, ".rates.per")))
}

# The risk difference in percent; z and p beside it.
difference_of <- function(x1, n1, x0, n0) {
  found <- risk_difference(x1, n1, x0, n0, confidence)
  c(setNames(100 * found[c("difference", "lower", "upper")], c("rd", "lower", "upper")), found[c("z", "p")])
}

# Patient-years of an arm, of twelve months of the plan.
years <- function(adsl, arm) sum(adsl$RISK[adsl$ARM == arm]) / (12 * days_per_month)
rate_of <- function(count, years, per) c(n = count, years = years, garwood(count, years, per, confidence))

# Treatment-emergent events that a row of the plan takes.
events_of_row <- function(key, id) {
  row <- paste0(key$parameters, ".rows.", position_of(paste0(key$parameters, ".rows"), id))
  keep(paste("row", row, key$analysis_set), {
    events <- emergent_of(key$analysis_set)
    events[holds(events, conditions(row, ".where"), conditions(row, ".any_of")), ]
  })
}

# Overview and events of special interest: a row of the plan, or a level of its variable `by`.
overview <- function(key) {
  id <- sub("\\.BY$", "", key$analysis_id)
  events <- events_of_row(key, id)
  if (id != key$analysis_id) {
    level <- if (key$variable_level == "MISSING") "" else key$variable_level
    events <- events[as_text(events[[key$variable]]) == level, ]
  }
  of_records(key, events)
}

# Occurrences in a hierarchy of terms, by the highest grade of a patient's events of the term.
occurrences <- function(key) {
  part <- strsplit(key$analysis_id, ".", fixed = TRUE)[[1]]
  band <- part[length(part)]
  list <- paste0(key$parameters, ".hierarchies")
  rule <- paste0(list, ".", position_of(list, if (length(part) == 3) part[1] else ""))
  grade <- setting(rule, ".grade")
  if (is.na(grade)) grade <- "ATOXGRN"
  all <- paste(rule, key$analysis_set)
  term <- paste(c(all, key$group2, key$group2_level, key$variable, key$variable_level), collapse = "\r")
  records <- keep(term, {
    records <- at_term(keep(all, {
      records <- records_of(key$dataset, key$analysis_set)
      where <- conditions(rule, ".where")
      if (!length(where) && key$dataset == "ADAE") where <- list_of_emergent
      records[holds(records, where, conditions(rule, ".any_of")), ]
    }), key$group2, key$group2_level)
    if (key$variable != "USUBJID") records <- at_term(records, key$variable, key$variable_level)
    records[names(records) %in% c("USUBJID", "ARM", grade)]
  })
  grades <- if (band == "MISSING") NA else
    as.numeric(listed(rule, ".bands.", position_of(paste0(rule, ".bands"), band), ".grades"))
  if (length(grades) && nrow(records)) {
    records <- keep(paste("highest", term), highest(records, grade))
    records <- records[as_number(records[[grade]]) %in% grades, ]
  }
  of_records(key, records)
}
list_of_emergent <- list(list(variable = "TRTEMFL", comparator = "EQ", value = "Y"))

# Records of a term; those without one are not coded.
at_term <- function(records, variable, level) {
  if (variable == "") return(records)
  term <- as_text(records[[variable]])
  records[ifelse(term == "", "NOT CODED", term) == level, ]
}

# The record of each patient with the highest grade: the last in rising order, unknown ones first.
highest <- function(records, grade) {
  records <- records[order(as_number(records[[grade]]), na.last = FALSE), ]
  records[!duplicated(records$USUBJID, fromLast = TRUE), ]
}

# The plot of frequent terms: the same as the table without grades.
frequent_terms <- function(key) {
  records <- keep(paste("frequent", key$analysis_set, key$variable, key$variable_level, sep = "\r"), {
    records <- emergent_of(key$analysis_set)
    if (key$variable == "USUBJID") records else at_term(records, key$variable, key$variable_level)
  })
  of_records(key, records)
}

# Rates by patient-years: first events over the time up to them, or all events over all time; and their ratio
# to that of control.
rates <- function(key) {
  part <- regmatches(key$analysis_id, regexpr(".", key$analysis_id, fixed = TRUE), invert = TRUE)[[1]]
  if (part[2] == "TERM") {
    events <- emergent_of(key$analysis_set)
    level <- if (key$variable_level == "MISSING") "" else key$variable_level
    events <- events[as_text(events[[key$variable]]) == level, ]
  } else {
    events <- events_of_row(key, part[2])
  }
  adsl <- keep(paste("risk", key$analysis_set), at_risk(key$analysis_set))
  if (part[1] == "PATIENTS" && nrow(events)) {
    first <- tapply(events$START, events$USUBJID, min)
    adsl$RISK <- pmin(adsl$RISK, first[adsl$USUBJID], na.rm = TRUE)
  }
  count <- function(arm) if (part[1] == "PATIENTS") patients(events, arm) else sum(events$ARM == arm)
  arm <- key$group1_level
  if (key$method == "Rate, Garwood") return(rate_of(count(arm), years(adsl, arm), 100))
  both <- c(arm, control)
  rate_ratio(vapply(both, count, 0), vapply(both, function(arm) years(adsl, arm), 0), confidence)
}

# Values side by side in the columns of a block of limits: of a day, or each patient's highest or lowest.
lines_of <- function(block) {
  records <- dataset(setting(block, ".dataset"))
  records <- records[holds(records, conditions(block, ".where")), ]
  line <- setting(block, ".line")
  measures <- unique(sub("\\..*", "", names(below(block, ".measures"))))
  columns <- lapply(measures, function(name) {
    measure <- paste0(block, ".measures.", name)
    mine <- records[records$PARAMCD == setting(measure, ".paramcd"), ]
    variable <- setting(measure, ".variable")
    value <- as_number(mine[[if (is.na(variable)) "AVAL" else variable]])
    base <- setting(measure, ".percent_of")
    if (!is.na(base)) value <- 100 * value / as_number(mine[[base]])
    column <- data.frame(USUBJID = mine$USUBJID, ADT = mine$ADT, value = value)[!is.na(value), ]
    if (line != "day") {
      peak <- tapply(column$value, column$USUBJID, if (line == "highest") max else min)
      column <- data.frame(USUBJID = as.character(names(peak)), value = as.numeric(peak))
    }
    setNames(column, sub("^value$", name, names(column)))
  })
  by <- if (line == "day") c("USUBJID", "ADT") else "USUBJID"
  lines <- Reduce(function(left, right) merge(left, right, by = by, all = TRUE), columns)
  for (name in listed(block, ".required")) lines <- lines[!is.na(lines[[name]]), ]
  lines
}

# Patients beyond limits, of those who can be judged.
limits <- function(key, list) {
  part <- regmatches(key$analysis_id, regexpr(".", key$analysis_id, fixed = TRUE), invert = TRUE)[[1]]
  block <- paste0(list, ".", position_of(list, part[1]))
  lines <- keep(block, lines_of(block))
  adsl <- members(key$analysis_set)
  evaluable <- adsl$USUBJID %in% lines$USUBJID
  whole <- function(arm) sum(evaluable & adsl$ARM == arm)
  if (part[2] == "EVALUABLE") return(c(n = whole(key$group1_level)))
  row <- paste0(block, ".rows.", position_of(paste0(block, ".rows"), part[2]))
  having <- keep(paste("beyond", row), {
    lines$USUBJID[holds(lines, conditions(row, ".where"), conditions(row, ".any_of"))]
  })
  count <- function(arm) sum(adsl$USUBJID %in% having & adsl$ARM == arm)
  if (key$method == "Count and percentage") return(share(count(key$group1_level), whole(key$group1_level)))
  difference_of(count(key$group1_level), whole(key$group1_level), count(control), whole(control))
}

# Vital signs by visit of the plan, or each patient's last on treatment.
visit_values <- function(key) {
  paramcd <- sub("^VISIT\\.", "", key$analysis_id)
  records <- records_of(key$dataset, key$analysis_set)
  records <- records[records$PARAMCD == paramcd & records$ARM == key$group1_level, ]
  records <- records[!is.na(as_number(records$AVAL)), ]
  if (key$group2_level == "LAST") {
    records <- records[holds(records, conditions(key$parameters, ".on_treatment")), ]
    sequence <- grep("^(ASEQ|[A-Z]{2}SEQ)$", names(records), value = TRUE)[1]
    records <- records[order(records$USUBJID, records$ADT, records[[sequence]]), ]
    records <- records[!duplicated(records$USUBJID, fromLast = TRUE), ]
  } else {
    records <- records[holds(records, conditions(key$parameters, ".where")), ]
    records <- records[records$AVISITN == as.numeric(key$group2_level), ]
  }
  value <- as_number(records[[key$variable]])
  switch(key$method, "Descriptive statistics" = describe(value), Count = c(n = sum(is.na(value))),
         "Count and percentage" = share(sum(format_level(value) == key$variable_level), nrow(records)))
}

# Shift from the baseline level to the worst on treatment, in percent of the arm.
shift <- function(key) {
  rule <- paste0(key$parameters, ".shift_levels")
  shifts <- paste0(key$parameters, ".shifts")
  item <- paste0(shifts, ".", position_of(shifts, sub("^SHIFT\\.", "", key$analysis_id)))
  levels <- as.numeric(names(below(rule, ".levels")))
  adsl <- members(key$analysis_set)
  adsl <- adsl[adsl$ARM == key$group1_level, ]
  worst <- function(when) {
    records <- dataset(key$dataset)
    records <- records[records$PARAMCD == setting(item, ".paramcd"), ]
    records <- records[holds(records, conditions(rule, when)), ]
    value <- as_number(records[[setting(item, ".variable")]])
    peak <- tapply(value[value %in% levels], records$USUBJID[value %in% levels], max)
    found <- as.character(peak[match(adsl$USUBJID, names(peak))])
    ifelse(is.na(found), "MISSING", found)
  }
  base <- keep(paste("base", item, key$group1_level), worst(".baseline"))
  peak <- keep(paste("peak", item, key$group1_level), worst(".on_treatment"))
  at <- function(value, level) level == "ALL" | value == level
  share(sum(at(base, key$variable_level) & at(peak, key$group2_level)), nrow(adsl))
}

# The statistics of a group of rows, by what the plan's parameters hold.
numbers <- function(key) {
  has <- function(name) items(key$parameters, name) > 0
  if (grepl("^VISIT\\.", key$analysis_id)) return(visit_values(key))
  if (grepl("^SHIFT\\.", key$analysis_id)) return(shift(key))
  if (has(".thresholds")) return(limits(key, paste0(key$parameters, ".thresholds")))
  if (has(".blocks")) return(limits(key, paste0(key$parameters, ".blocks")))
  if (has(".hierarchies")) return(occurrences(key))
  if (length(below(key$parameters, ".measures"))) return(rates(key))
  if (has(".rows")) return(overview(key))
  frequent_terms(key)
}

for (id in ids) fill(id, numbers)
