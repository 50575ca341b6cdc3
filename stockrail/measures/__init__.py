"""Stochastic-programming measures: what the scenarios, perfect information and certainty are worth; the statistical gap."""
