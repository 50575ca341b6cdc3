"""Root cause: what was missed, whether an assumption was wrong, whether it was shown in time, and whether it was decided on."""
