"""Data health: what is missing or looks wrong in a baseline that is valid, with the money it is about."""
