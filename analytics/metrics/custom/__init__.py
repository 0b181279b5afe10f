"""Formulas of custom metrics: reads, checks and expands what people wrote; who may write them is decided elsewhere."""
