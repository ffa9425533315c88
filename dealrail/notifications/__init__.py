"""Tells people what concerns them: in the program first; the only outgoing messages come from here."""
