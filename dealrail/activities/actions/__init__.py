"""What can be done to follow-ups, tasks and SOP actions."""
