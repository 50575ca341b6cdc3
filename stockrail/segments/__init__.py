"""Segments as a report: who is in which, why, and what moved."""
