"""The independent checker: it shares no code with the engine."""
