# Cumulative incidence, Gray's test and the Fine-Gray model.
source("common.R")
need("survival", "cmprsk")

incidence <- function(d) {
  found <- lapply(Filter(nrow, lapply(0:1, function(a) d[d$arm == a, ])), function(p) {
    at <- unique(as.numeric(quantile(p$time, (1:9) / 10, type = 1)))
    if (!any(p$event == 1)) return(list(est = 0 * at, se = 0 * at, delta = 0 * at))
    c <- timepoints(cuminc(p$time, p$event), at)
    m <- survfit(Surv(time, factor(event, 0:2)) ~ 1, p)
    s <- summary(m, times = at)
    k <- which(m$states == "1")
    row <- match("1 1", rownames(c$est))
    list(est = c$est[row, ], se = sqrt(c$var[row, ]), delta = s$std.err[, k]^2)
  })
  emit("cif", unlist(lapply(found, `[[`, "est")))
  emit("cif_se", unlist(lapply(found, `[[`, "se")))
  emit("cif_delta", unlist(lapply(found, `[[`, "delta")))
}

gray <- function(name, cause, ...) {
  g <- attempt(cuminc(..., cencode = 0)$Tests)
  if (is.null(g$value) || !cause %in% rownames(g$value)) {
    return(emit(name, NA, if (g$note == "") "no test of the cause" else g$note))
  }
  chi2 <- g$value[cause, "stat"]
  emit(name, chi2, if (chi2 == -1) "the variance is singular" else g$note)
}

model <- function(d) {
  m <- attempt(crr(d$time, d$event, cbind(d$arm, d$x1), maxiter = 100, gtol = 1e-12))
  names <- paste0("fine_gray_", c("coef", "se", "loglik"))
  if (is.null(m$value)) return(for (n in names) emit(n, NA, m$note))
  se <- sqrt(diag(m$value$var))
  note <- m$note
  if (note == "" && (!m$value$converged || !all(is.finite(se)) || max(se) > 50 || max(abs(m$value$coef)) > 12)) {
    note <- "not converged, or on the way to infinity"
  }
  emit(names[1], m$value$coef, note)
  emit(names[2], se, note)
  emit(names[3], c(m$value$loglik.null, m$value$loglik), note)
}

work(function(d) {
  d <- data.frame(d[c("time", "event", "arm", "stratum", "x1")])
  incidence(d)
  gray("gray_1", "1", d$time, d$event, d$arm, d$stratum)
  gray("gray_2", "2", d$time, d$event, d$arm)
  model(d)
})
