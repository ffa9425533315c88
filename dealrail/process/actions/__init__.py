"""What can be done to definitions."""
