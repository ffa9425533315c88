"""The customer list and the customer page."""
