# Analysis of covariance: lm and emmeans; the last arm is the control.
source("common.R")
need("emmeans")

work(function(d) {
  d <- data.frame(d, stringsAsFactors = TRUE)
  m <- lm(y ~ arm + base + sex, d)
  a <- as.data.frame(summary(emmeans(m, "arm"), infer = TRUE))
  emit("means", t(a[c("emmean", "SE", "df", "lower.CL", "upper.CL")]))
  c <- as.data.frame(summary(contrast(emmeans(m, "arm"), "trt.vs.ctrlk", adjust = "none"), infer = TRUE))
  emit("differences", t(c[c("estimate", "SE", "lower.CL", "upper.CL", "p.value")]))
  f <- drop1(m, test = "F")["arm", ]
  emit("f", c(f[["F value"]], f[["Pr(>F)"]]))
  a <- as.data.frame(emmeans(m, "arm", weights = "proportional"))
  emit("means_observed", t(a[c("emmean", "SE")]))
  a <- suppressMessages(as.data.frame(emmeans(lm(y ~ arm * base + sex, d), "arm")))
  emit("means_by_arm", t(a[c("emmean", "SE")]))
})
