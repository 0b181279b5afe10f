"""What a shop offers: drafts, pictures, states, and the inventory that every change replaces whole."""
