"""Second programming of the demographic data."""
