# Writes the competing-risks data sets and R's results for them. Run in this folder: Rscript make_competing.R
# (R 4.2.2, survival 3.5-3, cmprsk 2.2-11). mgus2: R package survival (plasma cell malignancy 1, death without it 2).
suppressMessages({library(survival); library(cmprsk)})
options(warn = -1)
mg <- mgus2
mg$time <- with(mg, ifelse(pstat == 0, futime, ptime))
mg$event <- with(mg, ifelse(pstat == 0, 2 * death, 1))
sets <- list(mgus2 = with(mg, data.frame(time, event, arm = as.integer(sex == "M"), stratum = ifelse(age < 70, "a", "b"),
                                         x1 = age)))
set.seed(97)
for (i in 1:12) {
  n <- c(20, 40, 80)[(i - 1) %% 3 + 1]
  arm <- rbinom(n, 1, .5); x1 <- round(rnorm(n), 2)
  t1 <- rexp(n, .1 * exp(.5 * arm + .3 * x1)); t2 <- rexp(n, .06); cens <- rexp(n, .05)
  width <- c(.01, 1, 3)[(i - 1) %/% 4 + 1]
  t <- pmin(t1, t2, cens)
  sets[[as.character(i)]] <- data.frame(time = round(ceiling(t / width) * width, 2),
    event = ifelse(t == t1, 1, ifelse(t == t2, 2, 0)), arm, stratum = sample(c("a", "b"), n, TRUE), x1)
}
all <- do.call(rbind, lapply(names(sets), function(n) cbind(set = n, sets[[n]])))
write.csv(all, "competing.csv", row.names = FALSE, quote = FALSE)

results <- function(d) {
  out <- list()
  ci <- cuminc(d$time, d$event, d$arm)
  out$gray_1 <- ci$Tests[1, 1:2]; out$gray_2 <- ci$Tests[2, 1:2]
  out$gray_strata_1 <- cuminc(d$time, d$event, d$arm, d$stratum)$Tests[1, 1:2]
  at <- unique(as.numeric(quantile(d$time, c(.2, .5, .8), type = 1)))
  for (arm in 0:1) {
    part <- d[d$arm == arm, ]
    p <- timepoints(cuminc(part$time, part$event), at)
    out[[paste0("cif_", arm)]] <- c(at, p$est[1, ], p$var[1, ])
    m <- survfit(Surv(time, factor(event, 0:2)) ~ 1, part)
    s <- summary(m, times = at, extend = TRUE)
    k <- which(m$states == "1")
    out[[paste0("multistate_", arm)]] <- c(s$pstate[, k], s$std.err[, k])
  }
  m <- crr(d$time, d$event, cbind(d$arm, d$x1), maxiter = 100, gtol = 1e-12)
  out$crr <- c(as.numeric(m$converged), m$coef, m$var, m$loglik, m$loglik.null)
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
writeLines(paste0("{", paste(body, collapse = ",\n"), "}"), "r_competing.json")
