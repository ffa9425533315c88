"""Funnel and execution rate."""
