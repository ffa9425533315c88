"""Customers, contacts, products, deals, pools, imports and exports."""
