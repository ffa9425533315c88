"""What can be done to people, departments, roles and tokens."""
