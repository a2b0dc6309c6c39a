"""Tools of the repository itself: they make documentation and prove the statistics; the package does not hold them."""
