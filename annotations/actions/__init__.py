"""Writes: one verb, one transaction, one event for each object that changes."""
