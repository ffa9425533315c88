"""What can be done to customers, contacts, products, deals, pools and imports."""
