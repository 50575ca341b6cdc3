"""Scenario trees from data, and how good they are."""
