"""Dealrail (销轨): runs and governs a sales process from first lead to last payment."""

__version__ = "0.1.0"
