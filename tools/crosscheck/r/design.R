# Sample size, group-sequential boundaries, multiplicity, pooling over imputations: formulas, p.adjust, and integration.
source("common.R")

# Recursive integration (Armitage, McPherson and Rowe) on the scale of the Brownian motion, by Simpson's rule.
nodes <- function(low, high, n = 600) {
  x <- seq(low, high, length.out = n + 1)
  list(x = x, w = c(1, rep(c(4, 2), length.out = n - 1), 1) * (high - low) / n / 3)
}
# The density of what has not stopped before look k, and the chance to stop there at a boundary c.
looks <- function(t, drift, boundary) {
  step <- diff(c(0, t)); f <- NULL; g <- NULL; exit <- numeric(length(t)); chosen <- numeric(length(t))
  for (k in seq_along(t)) {
    beyond <- function(c) {
      b <- c * sqrt(t[k])
      if (k == 1) pnorm(b, drift * t[1], sqrt(t[1]), lower.tail = FALSE)
      else sum(g$w * f * pnorm(b, g$x + drift * step[k], sqrt(step[k]), lower.tail = FALSE))
    }
    chosen[k] <- boundary(k, beyond)
    exit[k] <- beyond(chosen[k])
    new <- nodes(drift * t[k] - 9 * sqrt(t[k]), max(chosen[k] * sqrt(t[k]), drift * t[k] - 9 * sqrt(t[k]) + 1e-9))
    if (k < length(t)) f <- if (k == 1) dnorm(new$x, drift * t[1], sqrt(t[1])) else
      as.vector(outer(new$x, g$x, function(b, a) dnorm(b, a + drift * step[k], sqrt(step[k]))) %*% (g$w * f))
    g <- new
  }
  list(z = chosen, exit = exit)
}

spent <- function(t, alpha, kind) switch(kind,
  of = 2 * pnorm(qnorm(1 - alpha / 2) / sqrt(t), lower.tail = FALSE),
  pocock = alpha * log(1 + (exp(1) - 1) * t),
  hsd = alpha * (1 - exp(4 * t)) / (1 - exp(4)))

pool <- function(q, s, complete) {
  m <- length(q); W <- mean(s^2); B <- var(q); T <- W + (1 + 1 / m) * B; l <- (1 + 1 / m) * B / T
  df <- (m - 1) / l^2
  if (is.finite(complete)) df <- 1 / (1 / df + 1 / ((complete + 1) / (complete + 3) * complete * (1 - l)))
  half <- qt(.975, df) * sqrt(T)
  c(mean(q), sqrt(T), df, mean(q) - half, mean(q) + half, 2 * pt(-abs(mean(q)) / sqrt(T), df))
}

work(function(d) {
  w <- d$allocation / (1 + d$allocation); w <- w * (1 - w)
  gap <- log(d$margin) - log(d$hr); z <- qnorm(1 - d$alpha)
  emit("schoenfeld", c((z + qnorm(d$power))^2 / (w * gap^2), pnorm(sqrt(w * d$events) * gap - z), d$margin * exp(-z / sqrt(w * d$events))))
  lost <- -log(1 - d$dropout) / 12
  # The follow-up of a subject is uniform between follow and follow + accrual.
  seen <- function(h) integrate(function(u) h / (h + lost) * (1 - exp(-(h + lost) * u)), d$follow, d$follow + d$accrual, rel.tol = 1e-12)$value / d$accrual
  h <- log(2) / d$median
  emit("event_probability", seen(h))
  emit("subjects", d$events / ((d$allocation * seen(h * d$hr) + seen(h)) / (1 + d$allocation)))
  t <- d$information; kinds <- c("of", "pocock", "hsd")
  emit("spending", unlist(lapply(kinds, function(k) spent(t, d$alpha, k))))
  designs <- lapply(kinds, function(k) {
    share <- diff(c(0, spent(t, d$alpha, k)))
    looks(t, 0, function(i, beyond) if (beyond(9) >= share[i]) 9 else root(function(c) beyond(c) - share[i], -9, 9))$z
  })
  emit("boundaries", unlist(designs))
  three <- (1:3) / 3
  classical <- function(power) {
    shape <- (3 / (1:3))^power
    root(function(c) sum(looks(three, 0, function(i, beyond) c * shape[i])$exit) - d$alpha, 1, 5) * shape
  }
  emit("classical", c(classical(.5), classical(0)))
  exits <- function(drift) looks(t, drift, function(i, beyond) designs[[1]][i])$exit
  emit("exit", exits(3))
  emit("drift", root(function(x) sum(exits(x)) - .8, 0, 10))
  c <- function(drift) pnorm((d$z * sqrt(.5) + drift * .5 - 1.96) / sqrt(.5))
  emit("conditional_power", sapply(list(d$z / sqrt(.5), 0, 3), c))
  emit("benjamini_hochberg", p.adjust(d$p, "BH"))
  emit("rubin", pool(d$q, d$s, Inf))
  emit("rubin_small", pool(d$q, d$s, 50))
})
