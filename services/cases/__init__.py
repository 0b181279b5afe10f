"""Returns, cancellations, inquiries and disputes of buyers: read, shown, and acted on."""
