# Writes the small data sets and R's results for them that the tests compare with.
# Run in this folder: Rscript make_reference.R        (R 4.2.2, survival 3.5-3)
# lung, aml, veteran, pbc, colon: R package survival; gehan: Gehan 1965 (6-MP), as in Cox and Oakes 1984;
# rats: SAS/STAT PROC PHREG, example "Survivor function estimates"; random: drawn below.
suppressMessages(library(survival))
options(warn = -1)

write <- function(d, name) write.csv(d, paste0(name, ".csv"), row.names = FALSE, quote = FALSE)

# --- data sets: time, event, arm (0/1), stratum, x1, x2 -----------------------------------------------------------
take <- function(time, event, arm, stratum, x1, x2) {
  d <- data.frame(time = as.numeric(time), event = as.integer(event), arm = as.integer(arm),
                  stratum = as.character(stratum), x1 = as.numeric(x1), x2 = as.numeric(x2))
  d[complete.cases(d), ]
}
t6 <- c(6,6,6,6,7,9,10,10,11,13,16,17,19,20,22,23,25,32,32,34,35)
c6 <- c(1,1,1,0,1,0,1,0,0,1,1,0,0,0,1,1,0,0,0,0,0)
t0 <- c(1,1,2,2,3,4,4,5,5,8,8,8,8,11,11,12,12,15,17,22,23)
days <- c(143,164,188,188,190,192,206,209,213,216,220,227,230,234,246,265,304,216,244,
          142,156,163,198,205,232,232,233,233,233,233,239,240,261,280,280,296,296,323,204,344)
rec <- subset(colon, etype == 1 & rx != "Lev")
p <- pbc[1:312, ]
sets <- list(
  lung = with(lung, take(time, status == 2, sex == 2, ph.ecog, age, ifelse(is.na(wt.loss), 0, wt.loss))),
  aml = with(survival::aml, take(time, status, x == "Nonmaintained", "one", seq_along(time) %% 5, seq_along(time) %% 3)),
  gehan = take(c(t6, t0), c(c6, rep(1, 21)), rep(0:1, each = 21), rep(c("a", "b", "c"), 14), c(1:42) %% 7, c(1:42) %% 5),
  rats = take(days, c(rep(1, 17), 0, 0, rep(1, 19), 0, 0), c(rep(0, 19), rep(1, 21)), rep(c("a", "b"), 20),
              c(1:40) %% 7, c(1:40) %% 5),
  veteran = with(veteran, take(time, status, trt == 2, celltype, prior, karno)),
  pbc = with(p, take(time / 365.25, status == 2, trt == 1, edema, age, log(bili))),
  colon = with(rec, take(time, status, rx == "Lev+5FU", extent, age, nodes > 4))
)
write(with(lung, data.frame(time, event = as.integer(status == 2), male = as.integer(sex == 1), age, ecog = ph.ecog)),
      "lung_full")
colon_all <- with(subset(colon, etype == 1), data.frame(time, event = status, rx = as.character(rx)))
write(colon_all, "colon_recurrence")
for (name in names(sets)) write(sets[[name]], name)

set.seed(20230)
random <- list()
for (i in 1:40) {
  n <- c(6, 12, 25, 50, 100)[(i - 1) %% 5 + 1]
  arm <- rbinom(n, 1, c(.5, .5, .2, .8)[(i - 1) %% 4 + 1])
  x1 <- round(rnorm(n), 2); x2 <- rbinom(n, 1, .4)
  stratum <- sample(letters[1:(1 + i %% 4)], n, TRUE)
  hr <- c(1, .5, 2, 8)[(i - 1) %% 4 + 1]
  t <- rexp(n, .1 * hr^arm * exp(.3 * x1)); cens <- rexp(n, .04)
  width <- c(.01, 1, 4)[(i - 1) %% 3 + 1]                      # .01: few ties; 4: heavy ties
  random[[i]] <- take(round(ceiling(pmin(t, cens) / width) * width, 2), t <= cens, arm, stratum, x1, x2)
}
write(do.call(rbind, lapply(seq_along(random), function(i) cbind(set = i, random[[i]]))), "random")

# --- results ------------------------------------------------------------------------------------------------------
gw <- function(d, kind) {                                       # weighted log-rank from its formula, one stratum
  U <- V <- 0
  for (u in sort(unique(d$time[d$event == 1]))) {
    n <- sum(d$time >= u); n1 <- sum(d$time >= u & d$arm == 1)
    k <- sum(d$time == u & d$event == 1); k1 <- sum(d$time == u & d$event == 1 & d$arm == 1)
    w <- switch(kind, gehan = n, tarone = sqrt(n))
    U <- U + w * (k1 - k * n1 / n)
    if (n > 1) V <- V + w^2 * k * (n1 / n) * (1 - n1 / n) * (n - k) / (n - 1)
  }
  c(U, V)
}
attempt <- function(expr) tryCatch(expr, error = function(e) NULL)
one_cox <- function(formula, d, ties) {
  warned <- FALSE
  m <- withCallingHandlers(attempt(coxph(formula, d, ties = ties, iter.max = 60, eps = 1e-13, toler.chol = 1e-15)),
                           warning = function(w) warned <<- warned || grepl("infinite|converge", conditionMessage(w)))
  if (is.null(m) || anyNA(coef(m))) return(NULL)
  c(as.numeric(warned), coef(m), as.numeric(m$var), m$loglik, m$score)
}
results <- function(d, detailed) {                              # detailed: whole curves, all zph transforms
  out <- list()
  S <- Surv(d$time, d$event)
  for (ties in c("efron", "breslow", "exact")) {
    out[[paste0("cox_", ties)]] <- one_cox(Surv(time, event) ~ arm, d, ties)
    out[[paste0("cox_strata_", ties)]] <- one_cox(Surv(time, event) ~ arm + strata(stratum), d, ties)
    if (ties == "exact" && nrow(d) > 250) next
    out[[paste0("cox3_", ties)]] <- one_cox(Surv(time, event) ~ arm + x1 + x2, d, ties)
    out[[paste0("cox3_strata_", ties)]] <- one_cox(Surv(time, event) ~ arm + x1 + x2 + strata(stratum), d, ties)
  }
  robust <- attempt(coxph(Surv(time, event) ~ arm + x1 + x2 + strata(stratum), d, robust = TRUE, eps = 1e-13))
  if (!is.null(robust)) out$robust <- as.numeric(robust$var)
  clustered <- attempt(coxph(Surv(time, event) ~ arm + x1 + x2, d, cluster = stratum, eps = 1e-13))
  if (!is.null(clustered)) out$clustered <- as.numeric(clustered$var)
  if (detailed) for (k in c("", "_strata")) {
    f <- if (k == "") Surv(time, event) ~ arm + x1 + x2 else Surv(time, event) ~ arm + x1 + x2 + strata(stratum)
    fit <- coxph(f, d, eps = 1e-13)
    for (type in c("martingale", "deviance", "score", "dfbeta")) {
      out[[paste0(type, k)]] <- residuals(fit, type = type)
    }
    b <- basehaz(fit, centered = FALSE)
    out[[paste0("basehaz", k)]] <- c(b$time, b$hazard)
  }
  for (rho in c(0, .5, 1)) for (by in c("", "_strata")) {
    f <- if (by == "") S ~ arm else S ~ arm + strata(stratum)
    s <- attempt(survdiff(f, d, rho = rho))
    if (is.null(s) || length(s$n) != 2 && by == "") next
    ob <- if (is.matrix(s$obs)) rowSums(s$obs) else s$obs
    ex <- if (is.matrix(s$exp)) rowSums(s$exp) else s$exp
    out[[paste0("survdiff", by, "_", rho)]] <- c(s$chisq, ob[2], ex[2], s$var[2, 2])
  }
  out$gehan <- gw(d, "gehan"); out$tarone <- gw(d, "tarone")
  m <- attempt(coxph(Surv(time, event) ~ arm + x1 + x2, d, eps = 1e-13))
  ms <- attempt(coxph(Surv(time, event) ~ arm + x1 + x2 + strata(stratum), d, eps = 1e-13))
  for (k in if (nrow(d) > 120 || detailed) c("km", "rank", "identity", "log") else c("km", "log")) {
    z <- attempt(cox.zph(m, transform = k)); if (!is.null(z)) out[[paste0("zph_", k)]] <- z$table[, 1]
    z <- attempt(cox.zph(ms, transform = k)); if (!is.null(z)) out[[paste0("zph_strata_", k)]] <- z$table[, 1]
  }
  for (arm in 0:1) {
    part <- d[d$arm == arm, ]
    if (nrow(part) == 0) next
    for (ct in c("log-log", "log", "plain")) {
      f <- survfit(Surv(time, event) ~ 1, part, conf.type = ct)
      q <- quantile(f, c(.25, .5, .75))
      out[[paste0("quantile_", ct, "_", arm)]] <- c(q$quantile, q$lower, q$upper)
      if (!detailed && ct != "log-log") next
      at <- as.numeric(quantile(part$time, c(.3, .6, .9), type = 1))
      s <- summary(f, times = at)
      out[[paste0("landmark_", ct, "_", arm)]] <- c(at, s$surv, s$std.err, s$lower, s$upper, s$n.risk)
      if (detailed) out[[paste0("curve_", ct, "_", arm)]] <- c(f$time, f$surv, f$std.err * f$surv, f$lower, f$upper)
    }
    tau <- as.numeric(quantile(part$time, .8, type = 1))
    r <- summary(survfit(Surv(time, event) ~ 1, part), rmean = tau)$table
    out[[paste0("rmean_", arm)]] <- c(tau, r[5], r[6])
  }
  out
}
json <- function(x) {
  v <- sprintf("%.13g", as.numeric(x))
  v[!is.finite(as.numeric(x))] <- "null"
  paste0("[", paste(v, collapse = ","), "]")
}
object <- function(out) paste0("{", paste0("\"", names(out), "\":", sapply(out, json), collapse = ",\n "), "}")
dump <- function(all, file) {
  body <- sapply(names(all), function(n) paste0("\"", n, "\":", object(all[[n]])))
  writeLines(paste0("{", paste(body, collapse = ",\n"), "}"), file)
}
dump(lapply(sets, results, detailed = FALSE), "r_results.json")
names(random) <- seq_along(random)
dump(lapply(random[1:20], results, detailed = FALSE), "r_random_1.json")
dump(lapply(random[21:40], results, detailed = FALSE), "r_random_2.json")
dump(lapply(sets[c("aml", "gehan", "rats")], results, detailed = TRUE), "r_curves.json")
