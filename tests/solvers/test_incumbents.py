"""Better plans that a solve hands out as it finds them, and a solve that begins with one."""

from dataclasses import replace

import numpy as np
import pytest

from stockrail.model.instance import Instance
from stockrail.model.scenarios import build_tree
from stockrail.model.tables import Tables
from stockrail.solvers import solve
from stockrail.solvers.result import Incumbent, Progress, SolveOptions
from tests.random_instances import random_instance

SOLVERS = ("extensive", "decomposition")
