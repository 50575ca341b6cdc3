"""Finished plan runs side by side, from what they left behind, and the record of which one was chosen and why."""
