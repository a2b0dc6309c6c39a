# Interval-censored times: Turnbull by plain self-consistency, score tests from it, Weibull models by survreg.
source("common.R")
need("survival")

# All cells between ends: single times, then the open intervals between them, in the order of time. (l, r] holds the open
# intervals within it and the single times after l up to r; l = r holds that time only.
npmle <- function(l, r) {
  ends <- sort(unique(c(l, r))); k <- length(ends)
  cells <- rbind(cbind(ends, ends), cbind(ends[-k], ends[-1]))
  A <- sapply(seq_len(nrow(cells)), function(j) { a <- cells[j, 1]; b <- cells[j, 2]
    if (a == b) ifelse(l == r, a == l, l < a & a <= r) else l <= a & b <= r & l < r }) * 1
  o <- order(cells[, 2], cells[, 1]); A <- A[, o, drop = FALSE]; cells <- cells[o, , drop = FALSE]
  # Cells that hold the same subjects share a mass that nothing tells apart: the first of them takes it.
  first <- !duplicated(apply(A, 2, paste, collapse = "")) & colSums(A) > 0
  p <- first / sum(first)
  step <- function(p) p * colMeans(A / drop(A %*% p))
  for (i in 1:3000) p <- step(p)
  # Cells on their way to 0 are set to it, and the others go on alone; the derivatives at the end tell whether rightly.
  for (round in 1:4) {
    gradient <- colMeans(A / drop(A %*% p))
    p[p < 1e-4 & gradient < 1 - 1e-4] <- 0
    p <- p / sum(p); k <- p > 0; B <- A[, k, drop = FALSE]; q <- p[k]
    for (i in 1:5000) q <- q * colMeans(B / drop(B %*% q))
    p[k] <- q
  }
  list(p = p, cells = cells, A = A, loglik = sum(log(A %*% p)), gap = max(colMeans(A / drop(A %*% p))) - 1)
}
# S just after a time: what lies after it.
after <- function(f, t) sapply(t, function(a) sum(f$p[f$cells[, 1] >= a & !(f$cells[, 1] == a & f$cells[, 2] == a)]))

# Inverse of the bordered information: the constraint that the masses sum to one has a row of its own.
errors <- function(f) {
  k <- f$p > 1e-7; B <- f$A[, k, drop = FALSE] / drop(f$A %*% f$p)
  m <- sum(k); bordered <- rbind(cbind(crossprod(B), 1), c(rep(1, m), 0))
  v <- solve(bordered)[seq_len(m), seq_len(m), drop = FALSE]
  upto <- lower.tri(v, diag = TRUE) * 1
  sqrt(pmax(rowSums((upto %*% v) * upto), 0))
}

score <- function(f, l, r, arm, kind) {
  mass <- f$p; s <- c(1, 1 - cumsum(mass)); s[s < 1e-12] <- 0
  s <- rev(cummax(rev(s)))
  hazard <- cumsum(ifelse(s[-length(s)] > 0, mass / s[-length(s)], 0))
  term <- if (kind == "sun") -s * c(0, hazard) else ifelse(s > 0, s * log(s), 0)
  first <- apply(f$A, 1, function(a) min(which(a > 0))); last <- apply(f$A, 1, function(a) max(which(a > 0)))
  c <- (term[first] - term[last + 1]) / (s[first] - s[last + 1])
  u <- sum(c * (arm - mean(arm)))
  u^2 / (sum((c - mean(c))^2) * sum((arm - mean(arm))^2) / (length(arm) - 1))
}

work(function(d) {
  f <- npmle(d$left, d$right)
  emit("turnbull", after(f, sort(unique(d$left))))
  emit("turnbull_loglik", f$loglik)
  e <- attempt(errors(f))
  emit("turnbull_se", if (is.null(e$value)) NA else { x <- e$value; x[length(x)] <- 0; x }, e$note)
  for (kind in c("sun", "finkelstein")) {
    z <- if (length(unique(d$arm)) == 2) score(f, d$left, d$right, d$arm, kind) else NA
    emit(kind, z)
  }
  l <- ifelse(d$left == 0, NA, d$left); r <- ifelse(is.finite(d$right), d$right, NA)
  S <- Surv(l, r, type = "interval2")
  k <- survreg.control(rel.tolerance = 1e-14, maxiter = 200)
  names <- paste0("weibull_", c("coef", "se", "loglik"))
  m <- attempt(survreg(S ~ d$arm + d$x1, control = k))
  if (is.null(m$value)) for (n in names) emit(n, NA, m$note) else {
    emit(names[1], c(coef(m$value), log(m$value$scale)), m$note)
    emit(names[2], sqrt(diag(m$value$var)), m$note)
    emit(names[3], m$value$loglik[2], m$note)
  }
  m <- attempt(survreg(S ~ d$arm, control = k))
  if (is.null(m$value)) emit("weibull_hr", NA, m$note) else {
    fit <- m$value; g <- c(0, -1 / fit$scale, coef(fit)[2] / fit$scale)
    emit("weibull_hr", c(-coef(fit)[2] / fit$scale, sqrt(g %*% fit$var %*% g)), m$note)
  }
})
