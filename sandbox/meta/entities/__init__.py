"""Owns the answers about accounts, campaigns, ad sets, ads and creatives, read and written."""
