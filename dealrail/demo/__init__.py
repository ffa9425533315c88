"""A believable company to try Dealrail on, made by the same actions as real data."""
