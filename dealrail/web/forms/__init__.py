"""Forms of one's own: made, published, filled in, read."""
