"""How often the garbage collector looks at a process that has started; it frees nothing that is still used."""

import gc

# Objects that can hold others, made since the last look and not freed: some 10 MB. Python's 700 are the first rows of
# an answer, so that a long list sets off one look after the other.
YOUNG = 50_000
_MIDDLE, _OLD = 20, 20


def settle() -> None:
    """What exists now is never looked at again: modules, the schema, pools; to be called once all of that is made.

    A look at all of it holds the event loop for a sixth of a second (docs/benchmarks.md).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, _MIDDLE, _OLD)
