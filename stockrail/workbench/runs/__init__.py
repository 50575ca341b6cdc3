"""Runs of the engine: each in a process of its own that nobody has to wait for, all that it finds kept as it finds it.

submit   asks for a run, or returns the one there is for the same inputs
queue    starts those that wait, as many at a time as governance.yaml says
process  is what runs: it keeps progress and every better plan, and ends itself when it is asked to
recover  finds those whose process is gone, and checks what they left
"""
