# What all programs share: the folder's data and plan, the members of a set, conditions of the plan, and how a
# template is filled. `folder` and `ids` are the arguments of the program.

arguments <- commandArgs(TRUE)
folder <- arguments[1]
ids <- arguments[-1]

# A CSV file as text, blank for missing.
read_text <- function(...) {
  read.csv(file.path(folder, ...), colClasses = "character", na.strings = character(), check.names = FALSE,
           encoding = "UTF-8")
}

# What a computation gives, kept under a name: it runs only the first time.
kept <- new.env()
keep <- function(name, value) {
  if (!exists(name, kept, inherits = FALSE)) assign(name, value, kept)
  get(name, kept)
}

# Records of a dataset, read once: columns of numbers as numbers, all others as text with "" for blank.
dataset <- function(name) keep(paste("dataset", name), read_dataset(name))
read_dataset <- function(name) {
  as.data.frame(lapply(read_text("data", paste0(name, ".csv")), function(column) {
    given <- column[column != ""]
    number <- suppressWarnings(as.numeric(given))
    if (length(given) && !anyNA(number)) as.numeric(column) else column
  }), check.names = FALSE)
}

# A column as numbers, also where all of it is blank; as text, a missing number as "".
as_number <- function(column) suppressWarnings(as.numeric(column))
as_text <- function(column) ifelse(is.na(column), "", format_level(column))
format_level <- function(x) if (is.numeric(x)) sprintf("%.15g", x) else as.character(x)

plan_table <- read_text("plan.csv")
plan <- setNames(plan_table$value, plan_table$name)
settings <- list2env(as.list(plan))

# One setting of the plan; NA where it has none.
setting <- function(...) {
  unlist(mget(paste0(...), settings, ifnotfound = NA_character_), use.names = FALSE)
}

# The settings below a name, by the rest of theirs; of a list the values in order; how many items a list has.
below <- function(...) {
  start <- paste0(..., ".")
  keep(paste("below", start), {
    inside <- plan[startsWith(names(plan), start)]
    setNames(inside, substring(names(inside), nchar(start) + 1))
  })
}
listed <- function(...) unname(below(...)[grepl("^[0-9]+$", names(below(...)))])
items <- function(...) {
  position <- suppressWarnings(as.integer(sub("\\..*", "", names(below(...)))))
  if (length(position)) max(0, position, na.rm = TRUE) else 0
}

# The conditions of a list of the plan, each of a variable, a comparator and values.
conditions <- function(...) {
  lapply(seq_len(items(...)), function(i) {
    name <- paste0(..., ".", i)
    list(variable = setting(name, ".1"), comparator = setting(name, ".2"),
         value = c(na.omit(setting(name, ".3")), listed(name, ".3")))
  })
}

# Which records meet a condition; a missing number meets none.
meets <- function(frame, condition) {
  column <- frame[[condition$variable]]
  value <- condition$value
  if (is.numeric(column)) value <- as.numeric(value)
  number <- as_number(column)
  limit <- as_number(value)
  met <- switch(condition$comparator, EQ = column == value, NE = column != value, LT = number < limit,
                LE = number <= limit, GT = number > limit, GE = number >= limit, IN = column %in% value,
                NOTIN = !is.na(column) & !column %in% value)
  !is.na(met) & met
}

# Which records meet all of some conditions and, if there are any, one of others.
holds <- function(frame, where = list(), any_of = list()) {
  all <- rep(TRUE, nrow(frame))
  for (condition in where) all <- all & meets(frame, condition)
  if (!length(any_of)) return(all)
  all & Reduce(`|`, lapply(any_of, function(condition) meets(frame, condition)))
}

confidence <- as.numeric(setting("study.confidence"))
days_per_month <- as.numeric(setting("study.days_per_month"))

# One setting of every item of a list of the plan.
each <- function(list, name) vapply(seq_len(items(list)), function(i) setting(list, ".", i, ".", name), "")

arm_ids <- each("study.arms", "id")
arm_codes <- as.numeric(each("study.arms", "code"))
control <- arm_ids[each("study.arms", "role") == "control"]
stratum_variables <- each("study.strata", "variable")

# ADSL of an analysis set with the arm as ARM and the stratum as STRATUM, read once.
members <- function(set) keep(paste("members", set), members_of(set))
members_of <- function(set) {
  number <- match(set, each("study.analysis_sets", "id"))
  adsl <- dataset("ADSL")
  flag <- setting("study.analysis_sets.", number, ".flag")
  if (!is.na(flag) && flag != "") adsl <- adsl[adsl[[flag]] == "Y", ]
  planned <- setting("study.analysis_sets.", number, ".treatment") == "planned"
  code <- as_number(adsl[[if (planned) "TRT01PN" else "TRT01AN"]])
  adsl$ARM <- arm_ids[match(code, arm_codes)]
  adsl <- adsl[!is.na(adsl$ARM), ]
  level <- lapply(adsl[stratum_variables], function(x) ifelse(x == "", "Missing", x))
  adsl$STRATUM <- rep("all", nrow(adsl))
  if (length(level)) adsl$STRATUM <- do.call(paste, c(level, sep = "/"))
  adsl
}

# Who stands in a column of a table: the members of an arm, or all.
in_column <- function(arm, column) if (column %in% arm_ids) arm == column else rep(TRUE, length(arm))

# Number of members in a column.
subjects <- function(key) c(N = sum(in_column(members(key$analysis_set)$ARM, key$group1_level)))

# Fill the template of an output: `numbers` gives, for the keys of a group of rows, its statistics by
# stat_name; NULL or a name that is absent leaves rows empty.
fill <- function(id, numbers) {
  template <- read_text("template", paste0(id, ".csv"))
  filled <- template$value
  names <- c("analysis_id", "method", "dataset", "analysis_set", "group1", "group1_level", "group2",
             "group2_level", "variable", "variable_level")
  group <- do.call(paste, c(template[names], sep = "\r"))
  for (rows in split(seq_len(nrow(template)), factor(group, unique(group)))) {
    key <- lapply(template[names], `[`, rows[1])
    key$id <- id
    key$parameters <- paste0("outputs.", id, ".parameters")
    value <- if (key$analysis_id == "SUBJECTS") subjects(key) else numbers(key)
    if (is.null(value)) next
    known <- template$stat_name[rows] %in% names(value)
    given <- as.numeric(value[template$stat_name[rows[known]]])
    filled[rows[known]] <- ifelse(is.na(given), "NE", formatC(given, digits = 17, format = "g"))
  }
  template$value <- filled
  write.csv(template, file.path(folder, "filled", paste0(id, ".csv")), row.names = FALSE, quote = TRUE,
            fileEncoding = "UTF-8")
}
