"""Files in fields that were added: put there, replaced, taken out, fetched."""
