"""Stockrail's model in the tools of others."""
