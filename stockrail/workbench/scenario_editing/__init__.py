"""Editing a scenario cell by cell: tables as grids, cells and bulk changes of a draft, and what of it fits."""
