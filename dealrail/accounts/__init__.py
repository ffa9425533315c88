"""People, departments, roles, permissions and tokens."""
