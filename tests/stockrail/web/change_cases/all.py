"""The cases of all pages: a module for each, with `CASES`."""

from tests.stockrail.web.change_cases import people
from tests.stockrail.web.change_cases.case import ChangeCase

ALL: tuple[ChangeCase, ...] = (*people.CASES,)
