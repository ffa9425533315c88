"""What can be done with forms: one verb a function."""
