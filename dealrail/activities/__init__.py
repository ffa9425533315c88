"""Follow-ups, tasks, SOP actions and the action library."""
