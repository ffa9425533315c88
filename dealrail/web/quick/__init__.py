"""Creating something new from wherever one is."""
