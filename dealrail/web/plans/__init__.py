"""What is planned: as a list, as a calendar, and as a calendar for other programs."""
