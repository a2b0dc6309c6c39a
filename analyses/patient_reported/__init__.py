"""Patient-reported outcomes."""
