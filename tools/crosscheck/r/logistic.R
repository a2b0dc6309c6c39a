# Logistic regression and risks standardised over all subjects; errors by the delta method with derivatives in closed form.
source("common.R")

work(function(d) {
  d <- data.frame(d, stringsAsFactors = TRUE)
  m <- attempt(glm(y ~ arm + x + g, binomial, d, control = glm.control(epsilon = 1e-15, maxit = 100)))
  note <- m$note
  fit <- m$value
  if (note == "" && (anyNA(coef(fit)) || !fit$converged || max(sqrt(diag(vcov(fit)))) > 50)) note <- "no finite estimate"
  emit("loglik", as.numeric(logLik(fit)), note)
  parts <- lapply(levels(d$arm), function(a) {
    e <- d; e$arm <- factor(a, levels(d$arm))
    X <- model.matrix(delete.response(terms(fit)), e)
    p <- plogis(X %*% coef(fit))
    list(risk = mean(p), slope = colMeans(as.vector(p * (1 - p)) * X), row = X[1, ])
  })
  V <- vcov(fit); error <- function(g) sqrt(sum(g * (V %*% g)))
  emit("risks", unlist(lapply(parts, function(p) c(p$risk, error(p$slope)))), note)
  last <- parts[[length(parts)]]
  emit("contrasts", unlist(lapply(parts[-length(parts)], function(p) {
    c(p$risk - last$risk, error(p$slope - last$slope), log(p$risk / last$risk), error(p$slope / p$risk - last$slope / last$risk),
      sum(p$row * coef(fit)) - sum(last$row * coef(fit)), error(p$row - last$row))
  })), note)
})
