# What every script of this folder begins with. Rscript <part>.R <data.tsv> <results.tsv>, in this folder.
# Data, one line a vector: data set, name, n (numbers) or w (words), values between spaces. Results, one line a quantity:
# data set, quantity, note (R's error or warning, or why there is no result), values between spaces.
arguments <- commandArgs(trailingOnly = TRUE)
versions <- c(R = as.character(getRversion()))
lines <- list()
current <- ""

# Load packages; without one the script ends with status 3 and says which.
need <- function(...) {
  wanted <- c(...)
  absent <- Filter(function(p) !requireNamespace(p, quietly = TRUE), wanted)
  if (length(absent)) {
    cat(absent)
    quit(status = 3)
  }
  for (p in wanted) {
    suppressMessages(library(p, character.only = TRUE))
    versions[p] <<- as.character(packageVersion(p))
  }
}

# Whether a package that only some quantities need is there.
optional <- function(p) {
  there <- requireNamespace(p, quietly = TRUE)
  if (there) versions[p] <<- as.character(packageVersion(p))
  there
}

emit <- function(quantity, values, note = "") {
  values <- as.numeric(values)
  text <- sprintf("%.17g", values)
  text[!is.finite(values)] <- "NA"
  note <- gsub("[\t\r\n ]+", " ", note)
  lines[[length(lines) + 1]] <<- paste(current, quantity, note, paste(text, collapse = " "), sep = "\t")
}

# Value of an expression with the first warning beside it; NULL with the message after an error.
attempt <- function(expr) {
  note <- ""
  value <- tryCatch(
    withCallingHandlers(expr, warning = function(w) {
      if (note == "") note <<- paste("warning:", conditionMessage(w))
      invokeRestart("muffleWarning")
    }),
    error = function(e) {
      note <<- paste("error:", conditionMessage(e))
      NULL
    })
  list(value = value, note = note)
}

# Root to the last digit that the function gives.
root <- function(f, low, high) uniroot(f, c(low, high), tol = 1e-15, maxiter = 2000)$root

# Run a function of the vectors of a data set over all of them, and write the results.
work <- function(one) {
  parts <- strsplit(readLines(arguments[1]), "\t", fixed = TRUE)
  names <- vapply(parts, `[`, "", 1)
  for (set in unique(names)) {
    mine <- parts[names == set]
    d <- lapply(mine, function(p) {
      values <- if (length(p) < 4) character() else strsplit(p[4], " ", fixed = TRUE)[[1]]
      if (p[3] == "n") as.numeric(values) else values
    })
    names(d) <- vapply(mine, `[`, "", 2)
    current <<- set
    one(d)
  }
  head <- paste("versions", names(versions), "", versions, sep = "\t")
  writeLines(c(head, unlist(lines)), arguments[2])
}
