"""Owns the shop of the demo: what it sells, and orders that fit what the demo's ads claim to have sold."""
