"""Forms of one's own: questions with rules, their versions, and what was answered about deals and customers."""
