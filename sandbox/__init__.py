"""Owns the stand-ins of vendors' APIs for development, demos and tests; must never import the application."""
