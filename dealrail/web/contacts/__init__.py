"""People at a customer."""
