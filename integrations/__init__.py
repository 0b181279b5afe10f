"""Owns what we know of other companies' APIs, one folder per vendor; must not know our tables or our users."""
