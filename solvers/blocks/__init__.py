"""Plans for very many items: blocks of items are priced apart, on processes or a cluster, and never in memory all at once."""
