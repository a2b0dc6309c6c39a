# Two proportions that differ by a given difference, and limits from a score: for counts.R and strata.R.
z95 <- qnorm(.975)

# Estimates under p1 - p0 = delta: the root of the score along the line within the unit square.
restricted <- function(x1, n1, x0, n0, delta) {
  low <- max(0, -delta); high <- min(1, 1 - delta)
  slope <- function(p) (if (x1) x1 / (p + delta) else 0) - (if (n1 - x1) (n1 - x1) / (1 - p - delta) else 0) +
    (if (x0) x0 / p else 0) - (if (n0 - x0) (n0 - x0) / (1 - p) else 0)
  e <- 1e-12 * (high - low)
  a <- slope(low + e); b <- slope(high - e)
  p <- if (high - low < 1e-14 || is.nan(a) || a <= 0) low else if (is.nan(b) || b >= 0) high else root(slope, low + e, high - e)
  c(min(max(p + delta, 0), 1), p)
}
# Limits where a falling statistic meets the normal quantiles; the bound where it does not.
limits <- function(z, middle, low, high) {
  c(if (z(low) <= z95) low else root(function(d) z(d) - z95, low, middle),
    if (z(high) >= -z95) high else root(function(d) z(d) + z95, middle, high))
}
