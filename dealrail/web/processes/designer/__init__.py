"""The designer: a process is drawn up, changed and published on screens."""
