"""The garbage collector of a process that has started: what lives until its end is looked at no more."""

import gc

# Objects that are made between two collections of the youngest generation, then collections of a generation between two
# of the next one. With Python's 700 objects an answer of a thousand rows sets off dozens of collections while all of it
# is still in use; 50,000 objects in circles, which wait for a collection, are a few megabytes.
THRESHOLDS = (50_000, 10, 10)


def settle_collector() -> None:
    """To be called when everything is loaded and built, before the first request."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
