# R's results for late entry, weighted rows, arm x log t and weighted curves to r_counting.json.
# Run in this folder after make_reference.R: Rscript make_counting.R        (R 4.2.2, survival 3.5-3)
# Entry times, weights and clusters follow from the number of the row (from 1), so that the tests make the same.
suppressMessages(library(survival))
options(warn = -1)
random <- read.csv("random.csv")
sets <- lapply(c("gehan", "lung", "veteran", "rats"), function(n) read.csv(paste0(n, ".csv")))
names(sets) <- c("gehan", "lung", "veteran", "rats")
for (i in 1:16) sets[[as.character(i)]] <- random[random$set == i, -1]

ctrl <- coxph.control(iter.max = 60, eps = 1e-13, toler.chol = 1e-15)
attempt <- function(expr) {
  warned <- FALSE
  m <- withCallingHandlers(tryCatch(expr, error = function(e) NULL),
                           warning = function(w) warned <<- warned || grepl("infinite|converge", conditionMessage(w)))
  if (is.null(m) || anyNA(coef(m))) return(NULL)
  list(m = m, warned = as.numeric(warned))
}
numbers <- function(a) if (!is.null(a)) c(a$warned, coef(a$m), as.numeric(a$m$var), a$m$loglik, a$m$score)
results <- function(d) {
  i <- seq_len(nrow(d)); out <- list()
  d$entry <- round(d$time * ((i * 7) %% 10) / 12, 4); d$w <- .5 + ((i * 3) %% 8) / 4; d$id <- i
  for (ties in c("efron", "breslow"))
    out[[paste0("cox3_", ties)]] <- numbers(attempt(
      coxph(Surv(entry, time, event) ~ arm + x1 + x2 + strata(stratum), d, ties = ties, control = ctrl)))
  for (ties in c("efron", "breslow", "exact"))
    out[[paste0("arm_", ties)]] <- numbers(attempt(
      coxph(Surv(entry, time, event) ~ arm + strata(stratum), d, ties = ties, control = ctrl)))
  cut <- round(median(d$time), 2) + .005
  rows <- survSplit(Surv(entry, time, event) ~ ., d, cut = cut, episode = "piece")
  rows$w <- rows$w * (1 + .3 * (rows$piece - 1))
  for (ties in c("efron", "breslow")) {
    a <- attempt(coxph(Surv(entry, time, event) ~ arm + x1 + x2 + strata(stratum), rows, weights = w, cluster = id,
                       ties = ties, control = ctrl))
    out[[paste0("weighted_", ties)]] <- if (!is.null(a))
      c(a$warned, coef(a$m), as.numeric(a$m$naive.var), as.numeric(a$m$var), a$m$loglik)
  }
  a <- attempt(coxph(Surv(time, event) ~ arm + tt(arm) + strata(stratum), d, tt = function(x, t, ...) x * log(t),
                     control = ctrl))
  out$tt <- numbers(a)
  for (arm in 0:1) {
    e <- d[d$arm == arm, ]; r <- rows[rows$arm == arm, ]
    if (nrow(e) < 2) next
    f <- survfit(Surv(entry, time, event) ~ 1, e, conf.type = "log-log")
    keep <- f$n.event > 0
    out[[paste0("km_", arm)]] <- c(f$time[keep], f$n.risk[keep], f$surv[keep], (f$std.err * f$surv)[keep],
                                   f$lower[keep], f$upper[keep])
    f <- survfit(Surv(entry, time, event) ~ 1, r, weights = w, id = id, robust = TRUE)
    keep <- f$n.event > 0
    out[[paste0("weighted_km_", arm)]] <- c(f$time[keep], f$surv[keep], (if (f$logse) f$std.err * f$surv else f$std.err)[keep])
  }
  out
}
json <- function(x) {
  v <- sprintf("%.13g", as.numeric(x)); v[!is.finite(as.numeric(x))] <- "null"
  paste0("[", paste(v, collapse = ","), "]")
}
body <- sapply(names(sets), function(n) {
  out <- results(sets[[n]])
  paste0("\"", n, "\":{", paste0("\"", names(out), "\":", sapply(out, json), collapse = ",\n "), "}")
})
writeLines(paste0("{", paste(body, collapse = ",\n"), "}"), "r_counting.json")
