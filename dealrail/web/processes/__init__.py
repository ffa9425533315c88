"""Processes to read, download and publish."""
