"""Service for profit: what more safety stock earns, and what serving a segment costs."""
