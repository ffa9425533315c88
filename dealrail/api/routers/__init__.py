"""The operations of the API: parse, call one action or query, render."""
