# Tables by stratum, ordered categories, agreement of raters.
source("common.R")
scores <- optional("coin")
source("proportions.R")

# The vectors hold stratum by stratum and row by row; R wants the row to run first.
tables <- function(v, k, r, c) aperm(array(v, c(c, r, k)), c(2, 1, 3))

pooled <- function(x) {
  a <- x[1, 1, ]; b <- x[1, 2, ]; c <- x[2, 1, ]; d <- x[2, 2, ]
  n1 <- a + b; n0 <- c + d; m1 <- a + c; N <- n1 + n0
  useful <- n1 > 0 & n0 > 0 & m1 > 0 & b + d > 0
  both <- n1 > 0 & n0 > 0
  if (!any(useful)) for (q in c("cmh", "cmh_correct", "odds_ratio", "breslow_day")) emit(q, NA, "no stratum says anything")
  if (any(useful)) {
    y <- x[, , useful, drop = FALSE]
    if (dim(y)[3] == 1) {                                # mantelhaen.test wants two strata; an empty one adds nothing
      y <- array(c(y, 1, 0, 1, 0), c(2, 2, 2))
    }
    plain <- attempt(mantelhaen.test(y, correct = FALSE)); correct <- attempt(mantelhaen.test(y, correct = TRUE))
    emit("cmh", plain$value$statistic); emit("cmh_correct", correct$value$statistic)
    odds <- as.numeric(plain$value$estimate)
    emit("odds_ratio", if (odds > 0 && is.finite(odds)) c(odds, plain$value$conf.int) else c(odds, NA, NA))
    k <- which(useful)
    emit("breslow_day", if (length(k) > 1 && odds > 0 && is.finite(odds)) breslow(n1[k], n0[k], m1[k], a[k], odds) else c(NA, NA))
  }
  if (!any(both)) {
    emit("risk_ratio", NA, "an arm is empty"); emit("risk_difference", NA, "an arm is empty")
    return(invisible())
  }
  k <- both; a <- a[k]; c <- c[k]; n1 <- n1[k]; n0 <- n0[k]; N <- N[k]
  top <- sum(a * n0 / N); bottom <- sum(c * n1 / N)
  se <- sqrt(sum((n1 * n0 * (a + c) - a * c * N) / N^2) / (top * bottom))
  emit("risk_ratio", if (top > 0 && bottom > 0) top / bottom * exp(c(0, -1, 1) * z95 * se) else NA)
  w <- n1 * n0 / N; delta <- sum(w * (a / n1 - c / n0)) / sum(w)
  P <- (n1^2 * c - n0^2 * a + n1 * n0 * (n0 - n1) / 2) / N^2
  Q <- (a * (n0 - c) / N + c * (n1 - a) / N) / 2
  v <- (delta * sum(P) + sum(Q)) / sum(w)^2
  emit("risk_difference", if (v > 1e-15) delta + c(0, -1, 1) * z95 * sqrt(v) else NA, if (v > 1e-15) "" else "no variance")
}

# Expected count of each stratum under the common odds ratio, by its definition.
breslow <- function(n1, n0, m1, a, odds) {
  e <- mapply(function(n1, n0, m1) root(function(e) e * (n0 - m1 + e) - odds * (n1 - e) * (m1 - e), max(0, m1 - n0), min(n1, m1)), n1, n0, m1)
  v <- 1 / (1 / e + 1 / (n1 - e) + 1 / (m1 - e) + 1 / (n0 - m1 + e))
  c(sum((a - e)^2 / v), sum((a - e)^2 / v) - sum(a - e)^2 / sum(v))
}

score_limits <- function(x) {
  x1 <- x[1, 1, ]; n1 <- x1 + x[1, 2, ]; x0 <- x[2, 1, ]; n0 <- x0 + x[2, 2, ]
  k <- n1 > 0 & n0 > 0; x1 <- x1[k]; n1 <- n1[k]; x0 <- x0[k]; n0 <- n0[k]; N <- n1 + n0
  if (!any(k)) { emit("mn_strata", NA, "an arm is empty"); emit("mn_own", NA, "an arm is empty"); return(invisible()) }
  fixed <- n1 * n0 / N / sum(n1 * n0 / N)
  z <- function(own) function(delta) {
    p <- mapply(restricted, x1, n1, x0, n0, MoreArgs = list(delta = delta))
    w <- fixed
    if (own && length(w) > 1) for (i in 1:200) {
      m <- p %*% w
      if (any(m <= 0 | m >= 1)) { w <- fixed; break }
      new <- 1 / (m[1] * (1 - m[1]) / (m[2] * (1 - m[2])) / n1 + 1 / n0); new <- new / sum(new)
      done <- max(abs(new - w)) < 1e-15; w <- new
      if (done) break
    }
    v <- sum(w^2 * (p[1, ] * (1 - p[1, ]) / n1 + p[2, ] * (1 - p[2, ]) / n0) * ifelse(N > 1, N / (N - 1), 1))
    gap <- sum(w * (x1 / n1 - x0 / n0)) - delta
    if (v <= 1e-15) sign(gap) * 1e6 * (abs(gap) > 1e-12) else gap / sqrt(v)
  }
  middle <- sum(fixed * (x1 / n1 - x0 / n0))
  emit("mn_strata", limits(z(FALSE), middle, -1, 1))
  own <- z(TRUE)
  if (length(fixed) > 1) middle <- if (own(-1) <= 0) -1 else if (own(1) >= 0) 1 else root(own, -1, 1)
  emit("mn_own", limits(own, middle, -1, 1))
}

ordered_tables <- function(x) {
  names <- c("general", "row_means", "correlation")
  useful <- apply(x, 3, function(t) sum(rowSums(t) > 0) > 1 && sum(colSums(t) > 0) > 1)
  x <- x[, , useful, drop = FALSE]
  if (!any(useful)) return(for (n in names[c(TRUE, scores, scores)]) emit(n, NA, "no stratum says anything"))
  # Scores are those of the whole table; a category that is empty now is left out with its score.
  row <- seq_len(dim(x)[1]); column <- seq_len(dim(x)[2])
  r <- apply(x, 1, sum) > 0; c <- apply(x, 2, sum) > 0
  x <- x[r, c, , drop = FALSE]; row <- row[r]; column <- column[c]
  emit("general", association(x))
  if (!scores) return(invisible())
  cells <- as.data.frame(as.table(x))
  long <- cells[rep(seq_len(nrow(cells)), cells$Freq), ]
  y <- column[as.integer(long$Var2)]; u <- row[as.integer(long$Var1)]
  test <- function(formula) {
    t <- attempt(coin::independence_test(formula, data.frame(y, u, f = factor(u), s = factor(long$Var3)), teststat = "quadratic"))
    list(value = if (is.null(t$value)) NA else as.numeric(coin::statistic(t$value)), note = t$note)
  }
  one <- nlevels(droplevels(factor(long$Var3))) == 1
  t <- test(if (one) y ~ f else y ~ f | s); emit("row_means", t$value, t$note)
  t <- test(if (one) y ~ u else y ~ u | s); emit("correlation", t$value, t$note)
}

# mantelhaen.test needs two strata, with all categories in each; this is its formula for any.
association <- function(x) {
  r <- dim(x)[1]; c <- dim(x)[2]; u <- 0; V <- 0
  for (k in seq_len(dim(x)[3])) {
    t <- x[, , k]; n <- sum(t); p <- rowSums(t) / n; q <- colSums(t) / n
    u <- u + as.vector(t[-r, -c] - n * outer(p, q)[-r, -c])
    A <- diag(p, r) - outer(p, p); B <- diag(q, c) - outer(q, q)
    V <- V + n^2 / (n - 1) * kronecker(B[-c, -c, drop = FALSE], A[-r, -r, drop = FALSE])
  }
  s <- svd(V); keep <- s$d > 1e-9 * s$d[1]
  sum((crossprod(s$u[, keep, drop = FALSE], u))^2 / s$d[keep])
}

# Kappa as a function of the cells' shares, and its delta-method variance by central differences.
agreement <- function(t) {
  n <- sum(t); k <- nrow(t); d <- abs(outer(1:k, 1:k, "-")) / (k - 1)
  rows <- lapply(list((d == 0) * 1, 1 - d, 1 - d^2), function(w) {
    kappa <- function(p) { p <- matrix(p, k) / sum(p); e <- sum(w * outer(rowSums(p), colSums(p))); (sum(w * p) - e) / (1 - e) }
    slope <- function(p) sapply(seq_along(p), function(i) {
      h <- 1e-3 * max(p[i], 1 / n); at <- function(s) { q <- p; q[i] <- q[i] + s * h; kappa(q) }
      (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * h)
    })
    error <- function(p) { g <- slope(p); sqrt((sum(p * g^2) - sum(p * g)^2) / n) }
    p <- as.vector(t) / n
    c(kappa(p), error(p), error(as.vector(outer(rowSums(t), colSums(t))) / n^2))
  })
  rows <- do.call(rbind, rows)
  emit("kappa", rows[, 1]); emit("kappa_se", rows[, 2]); emit("kappa_null", rows[, 3])
}

work(function(d) {
  x <- tables(d$two, length(d$two) / 4, 2, 2)
  pooled(x)
  score_limits(x)
  ordered_tables(tables(d$many, d$shape[1], d$shape[2], d$shape[3]))
  agreement(matrix(d$square, sqrt(length(d$square)), byrow = TRUE))
})
