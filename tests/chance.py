"""What random tests begin with: the same numbers at every run, so that what passes for a commit passes for it again.

With FUZZ=1, which `make fuzz` sets, each run has numbers of its own and looks where nobody has looked yet.
"""

import os
from random import SystemRandom

from hypothesis.internal.conjecture import providers

_FIRST = 20_261_201


def is_searching() -> bool:
    return os.environ.get("FUZZ") == "1"


def draw_the_same() -> None:
    """Keeps Hypothesis from trying the numbers and texts that stand in our modules, as far as they are imported yet.

    Its examples would change with every change of ours, and with the order of the tests.
    """
    providers._get_local_constants = lambda: providers._local_constants  # the empty ones


def first_number(*, below: int) -> int:
    """The number from which a test counts its random cases."""
    return SystemRandom().randrange(below) if is_searching() else _FIRST % below
