"""The append-only event log, its subscribers and their receipts."""
