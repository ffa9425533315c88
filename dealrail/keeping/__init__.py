"""Keeping what the installation holds: backups, written while people work."""
