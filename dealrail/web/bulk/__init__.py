"""Steps for many records: the bar below a list, and the page of a job with what became of each record."""
