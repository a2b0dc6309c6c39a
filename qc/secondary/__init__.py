"""Second programming of the secondary endpoints and subgroups."""
