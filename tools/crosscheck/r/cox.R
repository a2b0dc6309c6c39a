# What the scripts on Cox models share.

# Tolerances far below the gate, so that what is compared is the estimate and not where the iterations stopped.
control <- suppressWarnings(coxph.control(eps = 1e-14, toler.chol = 1e-15, iter.max = 100))

# Why a fit that R went through with has no finite estimate.
doubt <- function(fit, note) {
  if (note != "") return(note)
  if (anyNA(coef(fit)) || any(diag(fit$var) <= 0)) return("a coefficient is dropped")
  if (max(diag(fit$var)) > 50^2) return("huge standard error")
  ""
}
