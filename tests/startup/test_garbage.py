"""The collector of a started process: what exists is not looked at again, and what comes later still is."""

import subprocess
import sys

PROGRAM = """
import gc, weakref
from startup.garbage import YOUNG, settle

class Node: pass

settle()
assert gc.get_threshold()[0] == YOUNG
assert gc.get_freeze_count() > 1000
seen, kept = [], []
for number in range(2 * YOUNG):
    circle = Node()
    circle.own = circle
    if number == 0:
        seen.append(weakref.ref(circle))
assert seen[0]() is None, "a circle that nobody uses is freed without being asked for"
"""


def test_circles_that_come_after_it_are_still_freed() -> None:
    subprocess.run([sys.executable, "-c", PROGRAM], check=True, timeout=60)
