"""The second programmer's programs: they work from the plan and the locked data, and read no production code."""
