"""Returns, cancellations, inquiries and disputes of buyers: the table of them, and the named queries on it."""
