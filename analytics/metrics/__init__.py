"""The built-in metrics, one file per part of the catalogue; analytics/metrics/catalogue.py puts them together."""
