"""Second programming of the biomarkers."""
