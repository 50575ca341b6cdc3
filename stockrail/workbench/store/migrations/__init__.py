"""Steps from one form of the tables to the next, for Alembic.

`env.py` is what Alembic runs, `versions` has the steps. To add one: change `tables.py`, add a file to `versions` after the last
one, and set `HEAD` in `migrate.py`. A new column of a sealed table must be one that may be blank: its rows keep their
fingerprints that way.
"""
