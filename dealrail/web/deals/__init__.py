"""The deal page, its gate, and every step one can take with a deal."""
