"""Writing follow-ups: one form everywhere, also without network; texts to start from."""
