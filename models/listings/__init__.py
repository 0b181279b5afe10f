"""What channels offer: the table of listings, and the named queries on it."""
