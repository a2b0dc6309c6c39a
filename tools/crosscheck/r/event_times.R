# Counts at each event time of each stratum, for the tests that survdiff has not.
entry <- function(s) if (is.null(s$entry)) rep(-1, nrow(s)) else s$entry

event_times <- function(d) {
  do.call(rbind, lapply(split(d, d$stratum), function(s) {
    u <- sort(unique(s$time[s$event == 1]))
    if (!length(u)) return(NULL)
    n <- sapply(u, function(t) sum(s$time >= t & entry(s) < t)); k <- sapply(u, function(t) sum(s$time == t & s$event == 1))
    data.frame(n = n, k = k, n1 = sapply(u, function(t) sum(s$time >= t & entry(s) < t & s$arm == 1)),
               k1 = sapply(u, function(t) sum(s$time == t & s$event == 1 & s$arm == 1)),
               before = c(1, cumprod(1 - k / n)[-length(u)]))
  }))
}
