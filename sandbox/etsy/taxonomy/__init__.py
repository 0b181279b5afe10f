"""Where things are listed: a small tree of categories with their properties."""
