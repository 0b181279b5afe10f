"""Tests against the demo as `make run` starts it: one process, the sandbox behind it, nothing but HTTP."""
