"""Second programming of the primary endpoint, and of other times to an event."""
