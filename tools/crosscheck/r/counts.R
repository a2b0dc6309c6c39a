# Proportions and rates of two arms.
source("common.R")
source("proportions.R")

score <- function(x1, n1, x0, n0, delta, inflate) {
  p <- restricted(x1, n1, x0, n0, delta)
  v <- (p[1] * (1 - p[1]) / n1 + p[2] * (1 - p[2]) / n0) * inflate
  gap <- x1 / n1 - x0 / n0 - delta
  if (v <= 1e-15) sign(gap) * 1e6 * (abs(gap) > 1e-12) else gap / sqrt(v)
}

rate_score <- function(x1, t1, x0, t0) {
  z <- function(delta) {
    # l0 solves x1 / (l0 + delta) + x0 / l0 = t1 + t0
    total <- t1 + t0; linear <- total * delta - x1 - x0
    l0 <- max((-linear + sqrt(max(linear^2 + 4 * total * x0 * delta, 0))) / (2 * total), 0, -delta)
    v <- max(l0 + delta, 0) / t1 + l0 / t0; gap <- x1 / t1 - x0 / t0 - delta
    if (v <= 0) sign(gap) * 1e6 else gap / sqrt(v)
  }
  d <- x1 / t1 - x0 / t0
  far <- 1; while (z(d - far) < z95 || z(d + far) > -z95) far <- 2 * far
  c(root(function(x) z(x) - z95, d - far, d), root(function(x) z(x) + z95, d, d + far))
}

work(function(d) {
  x1 <- d$x1; n1 <- d$n1; x0 <- d$x0; n0 <- d$n0; t1 <- d$t1; t0 <- d$t0
  emit("clopper_pearson", c(binom.test(x1, n1)$conf.int, binom.test(x0, n0)$conf.int))
  w1 <- suppressWarnings(prop.test(x1, n1, correct = FALSE)$conf.int)
  w0 <- suppressWarnings(prop.test(x0, n0, correct = FALSE)$conf.int)
  emit("wilson", c(w1, w0))
  p1 <- x1 / n1; p0 <- x0 / n0; N <- n1 + n0
  emit("miettinen_nurminen", limits(function(delta) score(x1, n1, x0, n0, delta, N / (N - 1)), p1 - p0, -1, 1))
  emit("newcombe", c(max(-1, p1 - p0 - sqrt((p1 - w1[1])^2 + (w0[2] - p0)^2)), min(1, p1 - p0 + sqrt((w1[2] - p1)^2 + (p0 - w0[1])^2))))
  z <- score(x1, n1, x0, n0, -0.1, 1)
  p <- restricted(x1, n1, x0, n0, -0.1)
  emit("farrington_manning", c(z, pnorm(-z)), if (p[1] * (1 - p[1]) / n1 + p[2] * (1 - p[2]) / n0 < 1e-12) "no variance" else "")
  emit("fisher", fisher.test(matrix(c(x1, n1 - x1, x0, n0 - x0), 2))$p.value)
  emit("garwood", c(poisson.test(x1, t1)$conf.int, poisson.test(x0, t0)$conf.int))
  r <- if (x1 + x0 > 0) poisson.test(c(x1, x0), c(t1, t0)) else NULL
  emit("rate_ratio", if (is.null(r)) NA else c(r$conf.int, r$p.value))
  b <- log((x1 / t1) / (x0 / t0)); se <- sqrt(1 / x1 + 1 / x0)
  emit("rate_ratio_wald", c(exp(b - z95 * se), exp(b + z95 * se), 2 * pnorm(-abs(b) / se)))
  b <- x1 / t1 - x0 / t0; se <- sqrt(x1 / t1^2 + x0 / t0^2)
  emit("rate_difference_wald", if (x1 + x0 > 0) c(b - z95 * se, b + z95 * se, 2 * pnorm(-abs(b) / se)) else NA)
  emit("rate_difference", rate_score(x1, t1, x0, t0))
})
