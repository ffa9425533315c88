"""Finding deals and customers from everywhere."""
