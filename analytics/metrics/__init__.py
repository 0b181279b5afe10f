"""The built-in metrics, one file per part of the catalogue; analytics/registry.py puts them together."""
