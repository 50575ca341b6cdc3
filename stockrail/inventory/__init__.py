"""Why stock is there: its purposes, and what drives it."""
