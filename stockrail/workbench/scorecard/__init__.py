"""The scorecard: plan, actual and last quarter side by side, and what of each change was ours and what the market's (docs/scorecard.md)."""
