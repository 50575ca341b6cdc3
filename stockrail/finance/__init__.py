"""Finance's side: prices of limits, the frontier, checks, limits that are loosened."""
