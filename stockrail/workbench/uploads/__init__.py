"""Files that somebody uploads to make a baseline of: what is refused, what they hold, what would change."""
