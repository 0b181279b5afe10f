"""Owns what goes wrong on purpose: faults, limits, odd values, heavy questions."""
