# The rows of LS means (arms within visits) and of their differences against the last arm, for repeated.R and intercept.R.
model_of <- function(d) if (length(unique(d$base)) > 1) y ~ arm * visit + base * visit + sex else y ~ arm * visit

prepared <- function(d) {
  d <- data.frame(d)
  d$v <- as.integer(factor(d$visit)); d$visit <- factor(d$visit); d$arm <- factor(d$arm); d$id <- factor(d$id); d$sex <- factor(d$sex)
  d
}

contrast_rows <- function(d) {
  means <- emmeans::emmeans(lm(model_of(d), d), ~ arm | visit)@linfct
  na <- nlevels(d$arm); nv <- nlevels(d$visit); cell <- function(a, v) (v - 1) * na + a
  differences <- lapply(1:nv, function(v) t(sapply(1:(na - 1), function(a) means[cell(a, v), ] - means[cell(na, v), ])))
  rbind(means, do.call(rbind, differences))
}
