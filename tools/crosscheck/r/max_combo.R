# MaxCombo: four Fleming-Harrington statistics from their formula, and the p-value of the largest by mvtnorm.
source("common.R")
need("mvtnorm")
source("event_times.R")
precise <- GenzBretz(maxpts = 2e5, abseps = 1e-5, releps = 0)

work(function(d) {
  e <- event_times(data.frame(d[c("time", "event", "arm", "stratum")]))
  if (is.null(e)) { emit("max_combo", NA); emit("max_combo_p", NA); return(invisible()) }
  v <- ifelse(e$n > 1, e$k * (e$n1 / e$n) * (1 - e$n1 / e$n) * (e$n - e$k) / pmax(e$n - 1, 1), 0)
  w <- rbind(1, 1 - e$before, e$before, e$before * (1 - e$before))
  covariance <- (w * rep(v, each = 4)) %*% t(w)
  size <- sqrt(diag(covariance))
  note <- if (min(size) < 1e-6) "a variance is 0" else ""
  m <- max(abs(as.vector(w %*% (e$k1 - e$k * e$n1 / e$n)) / size))
  emit("max_combo", m, note)
  set.seed(1)
  emit("max_combo_p", if (note == "") 1 - pmvnorm(rep(-m, 4), rep(m, 4), corr = cov2cor(covariance), algorithm = precise) else NA, note)
})
