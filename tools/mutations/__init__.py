"""Plants errors of the kinds that programmers make in production, one at a time, for double programming to catch."""
