"""Calls to other companies' APIs, one folder per vendor; must not know our tables or our users."""
