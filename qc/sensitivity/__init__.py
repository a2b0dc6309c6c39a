"""Second programming of the sensitivity and supplementary analyses."""
