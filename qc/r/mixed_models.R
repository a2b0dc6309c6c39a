# Second programming of the mixed models for repeated measures: changes of scales from baseline, described and
# by visit in a model of arm, baseline and strata: nlme::gls, then base R (repeated_measures.R).

here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
for (name in c("keyed.R", "limits.R", "repeated_measures.R")) source(file.path(here, name))
available <- requireNamespace("nlme", quietly = TRUE)

# Records of a scale that the plan takes, with arm and stratification factors of the members of the set.
scale_records <- function(key) {
  keep(paste("records", key$id, key$analysis_set, key$group2_level), read_scale(key))
}
read_scale <- function(key) {
  records <- dataset("ADQS")
  records <- records[records$PARAMCD == key$group2_level, ]
  records <- records[holds(records, conditions(key$parameters, ".where")), ]
  adsl <- members(key$analysis_set)[c("USUBJID", "ARM", stratum_variables)]
  records <- merge(records[c("USUBJID", "AVISITN", "ABLFL", "AVAL", "BASE", "CHG")], adsl, by = "USUBJID")
  for (name in c("AVAL", "BASE", "CHG")) records[[name]] <- as_number(records[[name]])
  records
}

# Changes at the visits of the plan.
changes <- function(records, visits) {
  records[records$AVISITN %in% visits & !is.na(records$BASE) & !is.na(records$CHG), ]
}

# Columns of the design: arm by visit, baseline by visit, and the factors' levels but the first; of full rank.
design <- function(frame, visits) {
  arm <- do.call(cbind, lapply(visits, function(v) outer(frame$ARM, arm_ids, "==") * (frame$AVISITN == v)))
  colnames(arm) <- paste(rep(arm_ids, length(visits)), rep(visits, each = length(arm_ids)))
  baseline <- sapply(visits, function(v) (frame$AVISITN == v) * frame$BASE)
  colnames(baseline) <- paste("baseline", visits)
  factors <- lapply(stratum_variables, function(name) {
    value <- ifelse(frame[[name]] == "", "Missing", frame[[name]])
    levels <- sort(unique(value))[-1]
    columns <- sapply(levels, function(level) value == level) + 0
    names <- list(NULL, rep(paste("factor", name), length(levels)))
    matrix(columns, nrow(frame), length(levels), dimnames = names)
  })
  do.call(cbind, c(list(arm, baseline), factors))
}

# Weights of a least-squares mean: baseline at its mean over the records, a factor's levels equally often.
mean_weights <- function(x, arm, visit, frame) {
  weights <- setNames(numeric(ncol(x)), colnames(x))
  weights[paste(arm, visit)] <- 1
  weights[paste("baseline", visit)] <- mean(frame$BASE)
  for (name in paste("factor", stratum_variables)) {
    inside <- colnames(x) == name
    weights[inside] <- 1 / (sum(inside) + 1)
  }
  weights
}

# The model of a scale, fitted once; its status is "none" where nothing can be compared, "open" where gls
# fails.
model_of <- function(key) {
  plan <- c(below(key$parameters, ".where"), names(below(key$parameters, ".visits")))
  keep(paste(c("model", key$analysis_set, key$group2_level, plan), collapse = " "), fit_scale(key))
}
fit_scale <- function(key) {
  visits <- as.numeric(names(below(key$parameters, ".visits")))
  frame <- changes(scale_records(key), visits)
  x <- if (nrow(frame)) design(frame, visits)
  result <- list(frame = frame, x = x, status = "none")
  if (is.null(x) || !control %in% frame$ARM || length(unique(frame$ARM)) < 2) return(result)
  seen <- colSums(x != 0) > 0
  # Another structure than the unstructured one, and an effect that is aliased, are left to other programs.
  result$status <- "open"
  if (setting(key$parameters, ".covariance") != "UN") return(result)
  if (qr(x[, seen, drop = FALSE])$rank < sum(seen)) return(result)
  fit <- fit_repeated(frame$CHG, x[, seen, drop = FALSE], frame$USUBJID, frame$AVISITN)
  if (is.null(fit)) return(result)
  list(frame = frame, x = x, seen = seen, fit = fit, status = "fitted")
}

# Estimate of a combination; NE where it takes a cell without records.
estimated <- function(key, weights_of) {
  nothing <- setNames(rep(NA_real_, 6), c("estimate", "se", "lower", "upper", "df", "p"))
  if (!available) return(NULL)
  model <- model_of(key)
  if (model$status == "open") return(NULL)
  if (model$status == "none") return(nothing)
  weights <- weights_of(model)
  if (any(weights[!model$seen] != 0)) return(nothing)
  combination(model$fit, unname(weights[model$seen]), confidence)
}

# The statistics of a group of rows.
numbers <- function(key) {
  visit <- as.numeric(key$variable_level)
  records <- function() {
    found <- scale_records(key)
    found[found$ARM == key$group1_level, ]
  }
  modelled <- function() {
    frame <- changes(scale_records(key), as.numeric(names(below(key$parameters, ".visits"))))
    c(n = length(unique(frame$USUBJID)), records = nrow(frame))
  }
  switch(key$analysis_id,
         BASELINE = describe(with(records(), AVAL[ABLFL == "Y"])),
         OBSERVED_CHANGE = describe(changes(records(), visit)$CHG),
         MODEL = modelled(),
         LS_MEAN = estimated(key, function(m) mean_weights(m$x, key$group1_level, visit, m$frame)),
         LS_DIFFERENCE = estimated(key, function(m) {
           mean_weights(m$x, key$group1_level, visit, m$frame) - mean_weights(m$x, control, visit, m$frame)
         }))
}

for (id in ids) fill(id, numbers)
