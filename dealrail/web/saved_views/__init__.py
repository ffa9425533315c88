"""Saved views: the menu above every list and the board, and the forms that keep, change and delete views."""
