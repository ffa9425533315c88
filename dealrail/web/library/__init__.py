"""The action library: its list, one action with where it is used, and its form."""
