"""Public pools, products and regions."""
