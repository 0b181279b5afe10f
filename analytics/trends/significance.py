"""Chances of many tests together: which of them still count when the luckiest of many is looked at."""

import numpy as np
import numpy.typing as npt


def adjusted(chances: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The chances after Benjamini and Hochberg (1995): of those at most 5 %, one in twenty is false on average."""
    count = len(chances)
    if not count:
        return chances
    order = np.argsort(chances, kind="stable")
    by_rank = chances[order] * count / np.arange(1, count + 1)
    found = np.empty(count)
    found[order] = np.minimum(np.minimum.accumulate(by_rank[::-1])[::-1], 1.0)
    return found
