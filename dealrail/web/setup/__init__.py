"""The first run: four questions that end on a filled board."""
