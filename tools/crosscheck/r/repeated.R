# Mixed model for repeated measures, unstructured covariance: nlme::gls, and the model by its definition with dense
# matrices. The covariance is linear in its elements, so that first and second derivatives of REML have closed forms.
source("common.R")
need("nlme", "emmeans")
source("mmrm_rows.R")
control <- glsControl(tolerance = 1e-12, msTol = 1e-14, msMaxIter = 1000, maxIter = 500)

definition <- function(d, X, L, S) {
  n <- nrow(X); p <- ncol(X); m <- nrow(S); y <- d$y
  same <- outer(d$id, d$id, "==")
  at <- which(upper.tri(S, TRUE), arr.ind = TRUE); q <- nrow(at)
  V <- lapply(seq_len(q), function(k) {
    i <- at[k, 1]; j <- at[k, 2]
    (outer(d$v == i, d$v == j, "&") | outer(d$v == j, d$v == i, "&")) & same
  })
  V <- lapply(V, function(v) v * 1)
  parts <- function(theta) {
    sum <- Reduce(`+`, Map(`*`, theta, V))
    root <- tryCatch(chol(sum), error = function(e) NULL)
    if (is.null(root)) return(NULL)
    W <- chol2inv(root); A <- t(X) %*% W %*% X; C <- solve(A)
    P <- W - W %*% X %*% C %*% t(X) %*% W
    list(W = W, C = C, P = P, minus2 = 2 * sum(log(diag(root))) + as.numeric(determinant(A)$modulus) + sum(y * (P %*% y)) + (n - p) * log(2 * pi))
  }
  slopes <- function(f) {
    Py <- f$P %*% y; PV <- lapply(V, function(v) f$P %*% v); VPy <- lapply(V, function(v) v %*% Py)
    list(gradient = sapply(seq_len(q), function(k) sum(diag(PV[[k]])) - sum(Py * VPy[[k]])),
         hessian = outer(seq_len(q), seq_len(q), Vectorize(function(k, l) 2 * sum(VPy[[k]] * (f$P %*% VPy[[l]])) - sum(PV[[k]] * t(PV[[l]])))))
  }
  theta <- nlminb(S[upper.tri(S, TRUE)], function(t) { f <- parts(t); if (is.null(f)) 1e10 else f$minus2 },
                  function(t) slopes(parts(t))$gradient, control = list(rel.tol = 1e-12, eval.max = 500, iter.max = 300))$par
  for (i in 1:4) { s <- slopes(parts(theta)); theta <- theta - as.numeric(solve(s$hessian, s$gradient)) }
  f <- parts(theta); C <- f$C
  beta <- C %*% t(X) %*% f$W %*% y
  inverse <- 2 * solve(slopes(f)$hessian)
  XW <- t(X) %*% f$W; WX <- f$W %*% X
  one <- lapply(V, function(v) XW %*% v %*% WX)
  slope <- lapply(one, function(a) C %*% a %*% C)
  df <- apply(L, 1, function(l) {
    g <- sapply(slope, function(s) sum(l * (s %*% l)))
    2 * sum(l * (C %*% l))^2 / sum(g * (inverse %*% g))
  })
  total <- 0
  WV <- lapply(V, function(v) f$W %*% v)
  for (k in seq_len(q)) for (l in seq_len(q)) {
    total <- total + inverse[k, l] * (t(X) %*% WV[[k]] %*% WV[[l]] %*% WX - one[[k]] %*% C %*% one[[l]])
  }
  error <- function(v) sqrt(rowSums((L %*% v) * L))
  list(minus2 = f$minus2, estimate = L %*% beta, se = error(C), df = df, kr = error(C + 2 * C %*% total %*% C))
}

work(function(d) {
  d <- prepared(d)
  f <- model_of(d)
  L <- contrast_rows(d)
  m <- attempt(gls(f, d, correlation = corSymm(form = ~ v | id), weights = varIdent(form = ~ 1 | visit), control = control))
  if (is.null(m$value)) for (n in c("minus2", "estimate_gls", "se_gls")) emit(n, NA, m$note) else {
    emit("minus2", -2 * as.numeric(logLik(m$value)), m$note)
    emit("estimate_gls", L %*% coef(m$value), m$note)
    emit("se_gls", sqrt(rowSums((L %*% vcov(m$value)) * L)), m$note)
  }
  S <- matrix(as.numeric(getVarCov(gls(f, d, correlation = corCompSymm(form = ~ 1 | id)),
                                   individual = names(which.max(table(d$id))))), nlevels(d$visit))
  b <- definition(d, model.matrix(f, d), L, S)
  emit("minus2_definition", b$minus2)
  emit("estimate", b$estimate)
  emit("se", b$se)
  emit("df", b$df)
  emit("kr_se", b$kr)
})
