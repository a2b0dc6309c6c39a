"""The rules across datasets, by subject matter."""
