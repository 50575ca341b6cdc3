"""The simulator: what a policy does on paths that no plan has seen, with real physics (docs/formulation.md, section 15)."""
