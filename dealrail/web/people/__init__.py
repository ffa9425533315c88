"""People, departments, one's own password and tokens."""
