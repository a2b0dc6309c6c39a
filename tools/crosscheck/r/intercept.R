# Mixed model for repeated measures, compound symmetry as a random intercept: lme4, lmerTest, pbkrtest.
source("common.R")
need("lme4", "lmerTest", "pbkrtest", "emmeans")
source("mmrm_rows.R")
control <- lmerControl(optCtrl = list(xtol_rel = 1e-15, ftol_abs = 1e-16, ftol_rel = 1e-16, xtol_abs = 1e-14, maxeval = 10000))

work(function(d) {
  d <- prepared(d)
  L <- contrast_rows(d)
  m <- attempt(lmerTest::lmer(update(model_of(d), . ~ . + (1 | id)), d, control = control))
  fit <- m$value
  v <- vcovAdj(fit)
  emit("minus2", REMLcrit(fit))
  emit("se", sqrt(rowSums((L %*% as.matrix(vcov(fit))) * L)))
  emit("df", apply(L, 1, function(l) contest1D(fit, l)$df))
  emit("kr_se", sqrt(rowSums((L %*% as.matrix(v)) * L)))
  emit("kr_df", apply(L, 1, function(l) Lb_ddf(l, vcov(fit), v)))
})
