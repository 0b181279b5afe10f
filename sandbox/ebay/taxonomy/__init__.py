"""The Taxonomy API: a small tree of categories with what has to be said of things in them."""
