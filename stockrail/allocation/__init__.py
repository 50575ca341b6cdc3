"""Allocation when short: who gets how much where stock is less than what is asked for (docs/allocation.md).

The rule is the table `allocation_rules` of an instance. `shares` applies it to whole units of a shortage that is there,
`split` to the shortages that a plan expects.
"""
