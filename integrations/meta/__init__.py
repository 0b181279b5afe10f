"""Meta's Marketing API: its addresses, fields, paging and errors; must not know our tables."""
