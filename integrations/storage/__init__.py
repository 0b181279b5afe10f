"""Keeps files that the product makes, and hands out links to them; must not know what is in them, nor our tables."""
