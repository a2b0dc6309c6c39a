# Writes repeated.csv and R's results for it (r_mmrm.json). Run in this folder: Rscript make_mmrm.R
# (R 4.2.2, nlme 3.1-162, emmeans 1.8.4, lmerTest 3.1-3, pbkrtest 0.5.2, numDeriv 2016.8-1.1)
# "brute" is the definition, with dense matrices by subject and derivatives by Richardson's extrapolation.
suppressMessages({library(nlme); library(emmeans); library(lmerTest); library(pbkrtest); library(numDeriv); library(jsonlite)})
simulate <- function(seed, n, m, arms, drop, monotone) {
  set.seed(seed)
  id <- rep(1:n, each = m); visit <- rep(1:m, n)
  arm <- rep(arms[(1:n - 1) %% length(arms) + 1], each = m)
  base <- rep(round(rnorm(n, 50, 8), 1), each = m); sex <- rep(sample(c("F", "M"), n, TRUE, c(.6, .4)), each = m)
  sd <- c(6, 7, 9, 8, 10)[1:m]; R <- outer(1:m, 1:m, function(i, j) .7^abs(i - j) * ifelse(i == j, 1, .9))
  e <- as.vector(t(chol(R)) %*% matrix(rnorm(n * m), m)) * rep(sd, n)
  y <- 20 + .5 * base + 1.5 * visit * (arm == arms[1]) + 2 * (sex == "M") + e
  gone <- runif(n * m) < drop * (visit > 1 | !monotone)
  if (monotone) gone <- ave(gone, id, FUN = cummax) == 1
  data.frame(id, visit, arm, base, sex, y = round(y, 2))[!gone, ]
}
o <- as.data.frame(Orthodont)
sets <- list(three = simulate(11, 60, 4, c("H", "L", "P"), .2, FALSE), two = simulate(12, 30, 3, c("A", "B"), .15, TRUE),
             orthodont = data.frame(id = as.integer(factor(as.character(o$Subject))), visit = as.integer(o$age), arm = as.character(o$Sex),
                                    base = 0, sex = "F", y = o$distance))
write.csv(do.call(rbind, lapply(names(sets), function(n) cbind(set = n, sets[[n]]))), "repeated.csv", row.names = FALSE, quote = FALSE)

structures <- list(
  UN = list(matrix = function(t, m) { S <- matrix(0, m, m); S[upper.tri(S, TRUE)] <- t; S + t(S) - diag(diag(S), m) },
            start = function(S) S[upper.tri(S, TRUE)]),
  TOEPH = list(matrix = function(t, m) { r <- c(1, t[-(1:m)]); s <- sqrt(t[1:m]); outer(s, s) * toeplitz(r) },
               start = function(S) c(diag(S), sapply(1:(nrow(S) - 1), function(k) mean(cov2cor(S)[abs(row(S) - col(S)) == k])))),
  ARH1 = list(matrix = function(t, m) { s <- sqrt(t[1:m]); outer(s, s) * t[m + 1]^abs(outer(1:m, 1:m, "-")) },
              start = function(S) c(diag(S), mean(cov2cor(S)[abs(row(S) - col(S)) == 1]))),
  CS = list(matrix = function(t, m) t[1] + diag(t[2], m),
            start = function(S) { c <- mean(S[upper.tri(S)]); c(c, mean(diag(S)) - c) }))

H <- function(f, t) hessian(f, t, method.args = list(d = .05, r = 4))
brute <- function(d, X, L, structure, S0) {
  m <- max(d$v); n <- nrow(X); p <- ncol(X)
  rows <- split(seq_len(n), d$id)
  fixed <- lm.fit(X, d$y); d$y <- fixed$residuals
  sigma <- function(t) structure$matrix(t, m)
  V <- function(S) { out <- matrix(0, n, n); for (r in rows) out[r, r] <- S[d$v[r], d$v[r]]; out }
  information <- function(t) { S <- sigma(t); Reduce(`+`, lapply(rows, function(r) crossprod(X[r, , drop = FALSE], solve(S[d$v[r], d$v[r]], X[r, , drop = FALSE])))) }
  deviance <- function(t) {
    S <- sigma(t); A <- 0; u <- 0; yy <- 0; ld <- 0
    for (r in rows) { s <- S[d$v[r], d$v[r], drop = FALSE]; x <- X[r, , drop = FALSE]; w <- tryCatch(chol2inv(chol(s)), error = function(e) NULL)
      if (is.null(w)) return(1e10)
      A <- A + t(x) %*% w %*% x; u <- u + t(x) %*% w %*% d$y[r]; yy <- yy + sum(d$y[r] * (w %*% d$y[r])); ld <- ld + determinant(s)$modulus }
    as.numeric(ld + determinant(A)$modulus + yy - sum(u * solve(A, u)) + (n - p) * log(2 * pi))
  }
  t <- nlminb(structure$start(S0), deviance, control = list(rel.tol = 1e-14, eval.max = 5000, iter.max = 3000))$par
  for (i in 1:4) t <- t - as.numeric(solve(H(deviance, t), grad(deviance, t)))
  q <- length(t); S <- sigma(t); W0 <- solve(V(S)); C <- solve(t(X) %*% W0 %*% X); beta <- C %*% t(X) %*% W0 %*% d$y
  observed <- 2 * solve(H(deviance, t))
  gradient <- array(jacobian(function(t) as.vector(solve(information(t))), t), c(p, p, q))
  first <- lapply(1:q, function(k) V(matrix(jacobian(function(t) as.vector(sigma(t)), t)[, k], m)))
  second <- array(0, c(m, m, q, q))
  for (i in 1:m) for (j in 1:m) second[i, j, , ] <- hessian(function(t) sigma(t)[i, j], t)
  P <- W0 - W0 %*% X %*% C %*% t(X) %*% W0
  PV <- lapply(first, function(v) P %*% v)
  expected <- solve(outer(1:q, 1:q, Vectorize(function(k, l) sum(PV[[k]] * t(PV[[l]])) / 2)))
  adjusted <- function(W, linear) {
    total <- 0
    for (k in 1:q) for (l in 1:q) {
      a <- t(X) %*% W0 %*% first[[k]] %*% W0 %*% first[[l]] %*% W0 %*% X -
        (t(X) %*% W0 %*% first[[k]] %*% W0 %*% X) %*% C %*% (t(X) %*% W0 %*% first[[l]] %*% W0 %*% X)
      if (!linear) a <- a - t(X) %*% W0 %*% V(matrix(second[, , k, l], m)) %*% W0 %*% X / 4
      total <- total + W[k, l] * a
    }
    C + 2 * C %*% total %*% C
  }
  se <- function(v) sqrt(rowSums((L %*% v) * L))
  df <- function(W) apply(L, 1, function(l) { g <- apply(gradient, 3, function(x) sum(l * (x %*% l))); 2 * sum(l * (C %*% l))^2 / sum(g * (W %*% g)) })
  list(minus2 = deviance(t), theta = t, sigma = as.vector(S), estimate = as.vector(L %*% (beta + fixed$coefficients)), se = se(C),
       df_observed = df(observed), df_expected = df(expected), kr = se(adjusted(observed, FALSE)), kr_linear = se(adjusted(observed, TRUE)),
       kr_expected = se(adjusted(expected, FALSE)))
}

out <- list()
for (name in names(sets)) {
  d <- sets[[name]]; d$v <- as.integer(factor(d$visit)); d$visit <- factor(d$visit); d$arm <- factor(d$arm); d$id <- factor(d$id)
  f <- if (name == "orthodont") y ~ arm * visit else y ~ arm * visit + base * visit + sex
  X <- model.matrix(f, d); m0 <- lm(f, d)
  means <- emmeans(m0, ~ arm | visit)@linfct
  na <- nlevels(d$arm); nv <- nlevels(d$visit); cell <- function(a, v) (v - 1) * na + a
  differences <- do.call(rbind, lapply(1:nv, function(v) t(sapply(1:(na - 1), function(a) means[cell(a, v), ] - means[cell(na, v), ]))))
  L <- rbind(means, differences)
  S0 <- getVarCov(gls(f, d, correlation = corCompSymm(form = ~ 1 | id)), individual = names(which.max(table(d$id))))
  S0 <- matrix(as.numeric(S0), nv)
  for (s in names(structures)) out[[name]][[s]] <- brute(d, X, L, structures[[s]], S0)
  control <- glsControl(tolerance = 1e-12, msTol = 1e-14, msMaxIter = 1000, maxIter = 500)
  for (s in c("UN", "ARH1", "CS")) {
    cor <- switch(s, UN = corSymm(form = ~ v | id), ARH1 = corAR1(form = ~ v | id), CS = corCompSymm(form = ~ 1 | id))
    m <- gls(f, d, correlation = cor, weights = if (s == "CS") NULL else varIdent(form = ~ 1 | visit), control = control)
    out[[name]][[s]]$gls <- list(minus2 = -2 * as.numeric(logLik(m)), estimate = as.vector(L %*% coef(m)), se = sqrt(rowSums((L %*% vcov(m)) * L)))
  }
  m <- lmerTest::lmer(update(f, . ~ . + (1 | id)), d, control = lmerControl(optCtrl = list(xtol_rel = 1e-14, ftol_abs = 1e-14, ftol_rel = 1e-15, xtol_abs = 1e-12, maxeval = 5000)))
  v <- vcovAdj(m)
  out[[name]]$lmer <- list(minus2 = REMLcrit(m), df = apply(L, 1, function(l) contest1D(m, l)$df), se = sqrt(rowSums((L %*% as.matrix(vcov(m))) * L)),
    kr_se = sqrt(rowSums((L %*% as.matrix(v)) * L)), kr_df = apply(L, 1, function(l) Lb_ddf(l, vcov(m), v)))
}
write_json(out, "r_mmrm.json", digits = I(15), pretty = FALSE, auto_unbox = TRUE)
