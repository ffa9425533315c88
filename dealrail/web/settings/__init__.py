"""Settings: one page that leads to all of them, and those that have no place of their own."""
