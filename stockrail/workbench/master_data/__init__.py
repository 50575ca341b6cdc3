"""Master data: whether what plans assume still holds, and whether units add up to what finance has in its ledger."""
