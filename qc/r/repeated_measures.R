# Repeated measures with an unstructured covariance matrix by restricted maximum likelihood: nlme::gls finds
# the maximum, Newton's steps take it to the last digits; inference is that of Kenward and Roger.

# Of Kenward and Roger (1997) the second derivatives vanish, as the matrix is linear in its elements.

# Fit by nlme::gls: the covariance matrix of the visits, or NULL where it does not converge.
start_of_gls <- function(y, x, subject, visit) {
  frame <- data.frame(y = y, subject = factor(subject), position = match(visit, sort(unique(visit))))
  frame$x <- x
  frame <- frame[order(frame$subject, frame$position), ]
  fit <- tryCatch(nlme::gls(
    y ~ 0 + x, frame, correlation = nlme::corSymm(form = ~ position | subject),
    weights = nlme::varIdent(form = ~ 1 | position), method = "REML",
    control = nlme::glsControl(maxIter = 200, msMaxIter = 1000, tolerance = 1e-6, apVar = FALSE)
  ), error = function(e) NULL)
  if (is.null(fit)) return(NULL)
  size <- max(frame$position)
  correlation <- diag(size)
  correlation[lower.tri(correlation)] <- coef(fit$modelStruct$corStruct, unconstrained = FALSE)
  correlation <- correlation + t(correlation) - diag(size)
  ratio <- coef(fit$modelStruct$varStruct, unconstrained = FALSE, allCoef = TRUE)[as.character(seq_len(size))]
  fit$sigma^2 * correlation * outer(ratio, ratio)
}

# Subjects with the same visits together: the visits, responses (one column a subject) and cross products.
patterns <- function(y, x, subject, visit) {
  position <- match(visit, sort(unique(visit)))
  sorted <- order(subject, position)
  y <- y[sorted]
  x <- x[sorted, , drop = FALSE]
  position <- position[sorted]
  rows <- split(seq_along(y), subject[sorted])
  kind <- vapply(rows, function(r) paste(position[r], collapse = " "), "")
  lapply(split(rows, kind), function(members) {
    at <- position[members[[1]]]
    index <- matrix(unlist(members), nrow = length(at))
    design <- lapply(seq_along(at), function(a) x[index[a, ], , drop = FALSE])
    pairs <- expand.grid(a = seq_along(at), b = seq_along(at))
    cross <- t(mapply(function(a, b) c(crossprod(design[[a]], design[[b]])), pairs$a, pairs$b))
    list(at = at, index = index, y = matrix(y[index], nrow = length(at)), design = design, cross = cross)
  })
}

# Restricted likelihood at a covariance matrix: coefficients, their covariance, gradient and Hessian of -2 log
# likelihood by the elements of the matrix, and P and Q of Kenward and Roger.
reml_point <- function(groups, sigma, size, p) {
  elements <- which(lower.tri(sigma, TRUE), arr.ind = TRUE)
  q <- nrow(elements)
  direction <- function(k, at) {
    g <- matrix(0, size, size)
    g[elements[k, 1], elements[k, 2]] <- g[elements[k, 2], elements[k, 1]] <- 1
    g[at, at, drop = FALSE]
  }
  information <- matrix(0, p, p)
  right <- numeric(p)
  for (group in groups) {
    inverse <- solve(sigma[group$at, group$at, drop = FALSE])
    information <- information + matrix(c(inverse) %*% group$cross, p)
    weighted <- inverse %*% group$y
    for (a in seq_along(group$at)) right <- right + c(crossprod(group$design[[a]], weighted[a, ]))
  }
  vcov <- solve(information)
  beta <- c(vcov %*% right)
  minus2 <- c(determinant(information)$modulus)
  gradient <- numeric(q)
  trace <- quadratic <- matrix(0, q, q)
  first <- matrix(0, p * p, q)
  second <- matrix(0, p * p, q * q)
  onto <- matrix(0, p, q)
  for (group in groups) {
    block <- sigma[group$at, group$at, drop = FALSE]
    inverse <- solve(block)
    count <- ncol(group$y)
    fitted <- do.call(rbind, lapply(group$design, function(x) c(x %*% beta)))
    u <- inverse %*% (group$y - fitted)
    minus2 <- minus2 + count * c(determinant(block)$modulus) + sum((group$y - fitted) * u)
    change <- lapply(seq_len(q), direction, at = group$at)
    left <- lapply(change, function(g) inverse %*% g)
    middle <- vapply(left, function(m) c(m %*% inverse), numeric(length(inverse)))
    first <- first - t(group$cross) %*% matrix(middle, ncol = q)
    pull <- lapply(change, function(g) g %*% u)
    through <- lapply(pull, function(m) inverse %*% m)
    for (k in seq_len(q)) {
      gradient[k] <- gradient[k] + count * sum(diag(left[[k]])) - sum(u * pull[[k]])
      for (a in seq_along(group$at)) {
        onto[, k] <- onto[, k] + c(crossprod(group$design[[a]], through[[k]][a, ]))
      }
    }
    both <- matrix(0, length(inverse), q * q)
    for (k in seq_len(q)) for (l in seq_len(q)) {
      trace[k, l] <- trace[k, l] + count * sum(left[[k]] * t(left[[l]]))
      quadratic[k, l] <- quadratic[k, l] + sum(pull[[k]] * through[[l]])
      both[, (l - 1) * q + k] <- c(left[[k]] %*% left[[l]] %*% inverse)
    }
    second <- second + t(group$cross) %*% both
  }
  moved <- lapply(seq_len(q), function(k) vcov %*% matrix(first[, k], p))
  gradient <- gradient + vapply(moved, function(m) sum(diag(m)), 0)
  squares <- matrix(0, q, q)
  for (k in seq_len(q)) for (l in seq_len(q)) squares[k, l] <- sum(moved[[k]] * t(moved[[l]]))
  trace <- trace - 2 * matrix(c(t(vcov)) %*% second, q) + squares
  hessian <- 2 * (quadratic - t(onto) %*% vcov %*% onto) - trace
  list(beta = beta, vcov = vcov, minus2 = minus2, gradient = gradient, hessian = hessian, first = first,
       second = second, elements = elements)
}

# The fit with the covariance of Kenward and Roger; NULL where there is no regular maximum.
fit_repeated <- function(y, x, subject, visit) {
  sigma <- start_of_gls(y, x, subject, visit)
  if (is.null(sigma)) return(NULL)
  size <- nrow(sigma)
  p <- ncol(x)
  groups <- patterns(y, x, subject, visit)
  for (turn in 1:30) {
    point <- reml_point(groups, sigma, size, p)
    step <- solve(point$hessian, point$gradient)
    if (sum(point$gradient * step) < 1e-18) break
    for (k in seq_along(step)) {
      at <- unique(rbind(point$elements[k, ], rev(point$elements[k, ])))
      sigma[at] <- sigma[at] - step[k]
    }
  }
  q <- length(point$gradient)
  if (turn == 30 || any(eigen(point$hessian, TRUE, TRUE)$values <= 0)) return(NULL)
  w <- 2 * solve(point$hessian)
  inner <- matrix(point$second %*% c(w), p)
  for (k in seq_len(q)) for (l in seq_len(q)) {
    inner <- inner - w[k, l] * matrix(point$first[, k], p) %*% point$vcov %*% matrix(point$first[, l], p)
  }
  c(point, list(sigma = sigma, w = w, adjusted = point$vcov + 2 * point$vcov %*% inner %*% point$vcov))
}

# A linear combination of the coefficients with its t test: degrees of freedom 2 v^2 / (g'W g).
combination <- function(model, weights, confidence) {
  p <- length(weights)
  estimate <- sum(weights * model$beta)
  se <- sqrt(c(weights %*% model$adjusted %*% weights))
  pulled <- c(model$vcov %*% weights)
  slope <- -vapply(seq_len(ncol(model$first)), function(k) {
    c(pulled %*% matrix(model$first[, k], p) %*% pulled)
  }, 0)
  df <- 2 * sum(weights * pulled)^2 / c(slope %*% model$w %*% slope)
  half <- qt((1 + confidence) / 2, df) * se
  c(estimate = estimate, se = se, lower = estimate - half, upper = estimate + half, df = df,
    p = 2 * pt(-abs(estimate) / se, df))
}
