"""What people keep with a deal or a customer: comments and files; components that any record's page can include."""
