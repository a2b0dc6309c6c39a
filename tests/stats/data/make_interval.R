# Writes interval.csv (sets 1 to 12) and R's results for it and for cosmesis.csv to r_interval.json.
# Run in this folder: Rscript make_interval.R        (R 4.2.2, survival 3.5-3)
# cosmesis.csv: breast retraction after radiotherapy (arm 0) or radiotherapy and chemotherapy (arm 1), months;
# Finkelstein and Wolfe, Biometrics 1985, 41:933-945, as printed in SAS/STAT User's Guide, PROC ICLIFETEST,
# "Getting Started". NA on the right: deterioration was not seen.
suppressMessages(library(survival))
options(warn = -1)
cosmesis <- cbind(set = "cosmesis", read.csv("cosmesis.csv"), stratum = rep(c("a", "b"), 47), x1 = 1:94 %% 7)
set.seed(1996)
sets <- list()
for (i in 1:12) {                                    # visits every 6 to 12 weeks; some exact times, some left-censored
  n <- c(15, 40, 120)[(i - 1) %% 3 + 1]
  arm <- rbinom(n, 1, .5); x1 <- round(rnorm(n), 2)
  t <- rweibull(n, c(.8, 1, 1.6, 2.5)[(i - 1) %% 4 + 1], 12 * exp(-.5 * arm + .2 * x1))
  step <- round(runif(n, 1.5, 3), 1); end <- round(runif(n, 10, 30), 1)
  left <- pmin(floor(t / step) * step, end); right <- (floor(t / step) + 1) * step
  right[right > end] <- NA
  if (i %% 2 == 0) { exact <- rbinom(n, 1, .2) == 1 & !is.na(right); left[exact] <- right[exact] <- round(t[exact], 2) + .01 }
  sets[[as.character(i)]] <- data.frame(set = i, left = round(left, 2), right = round(right, 2), arm = arm,
                                        stratum = sample(c("a", "b"), n, TRUE), x1 = x1)
}
write.csv(do.call(rbind, sets), "interval.csv", row.names = FALSE, quote = FALSE)

# Turnbull by plain self-consistency over all cells between ends, independent of the package's innermost intervals.
npmle <- function(l, r) {
  r[is.na(r)] <- Inf
  ends <- sort(unique(c(l, r))); k <- length(ends)
  cells <- rbind(cbind(ends, ends), cbind(ends[-k], ends[-1]))       # single times, then open intervals between them
  # (l, r] holds the open intervals within it and the single times after l up to r; l = r holds that time only
  A <- sapply(seq_len(nrow(cells)), function(j) { a <- cells[j, 1]; b <- cells[j, 2]
    if (a == b) ifelse(l == r, a == l, l < a & a <= r) else l <= a & b <= r & l < r }) * 1
  A <- A[, order(cells[, 2], cells[, 1]), drop = FALSE]; cells <- cells[order(cells[, 2], cells[, 1]), ]
  p <- rep(1 / ncol(A), ncol(A))
  for (i in 1:60000) p <- p * colMeans(A / drop(A %*% p))
  gap <- max(colMeans(A / drop(A %*% p))) - 1
  list(p = p, cells = cells, A = A, loglik = sum(log(A %*% p)), gap = gap)
}
results <- function(d, curve) {
  out <- list()
  l <- ifelse(d$left == 0, NA, d$left); S <- Surv(l, d$right, type = "interval2")
  k <- survreg.control(rel.tolerance = 1e-14, maxiter = 200)
  m <- survreg(S ~ arm + x1, d, control = k)
  out$aft <- c(coef(m), log(m$scale), m$var, m$loglik[2])
  m <- survreg(S ~ arm, d, control = k)
  g <- c(0, -1 / m$scale, coef(m)[2] / m$scale)
  out$ph <- c(-coef(m)[2] / m$scale, sqrt(g %*% m$var %*% g))
  if (!curve) return(out)
  for (arm in 0:1) {
    e <- d[d$arm == arm, ]; f <- npmle(e$left, e$right)
    at <- sort(unique(e$left))                       # S there is unique
    s <- sapply(at, function(a) sum(f$p[f$cells[, 1] >= a & !(f$cells[, 1] == a & f$cells[, 2] == a)]))
    out[[paste0("turnbull_", arm)]] <- c(f$gap, f$loglik, at, s)
  }
  out
}
json <- function(x) {
  v <- sprintf("%.13g", as.numeric(x)); v[!is.finite(as.numeric(x))] <- "null"
  paste0("[", paste(v, collapse = ","), "]")
}
sets$cosmesis <- cosmesis
body <- sapply(names(sets), function(n) {
  out <- results(sets[[n]], nrow(sets[[n]]) < 100)
  paste0("\"", n, "\":{", paste0("\"", names(out), "\":", sapply(out, json), collapse = ",\n "), "}")
})
writeLines(paste0("{", paste(body, collapse = ",\n"), "}"), "r_interval.json")
