"""Second programming of safety."""
