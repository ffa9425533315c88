"""Importing sheets: upload, mapping, preview, progress, undo."""
