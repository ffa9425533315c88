"""What one was told: the bell and its page."""
