"""The process kernel: definitions, gates, runs; knows no deals."""
