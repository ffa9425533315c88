"""The recycle bin: deleting with a way back, and restoring what was deleted."""
