"""The demo as `make run` starts it, over nothing but HTTP, and what the documentation prints of it."""
