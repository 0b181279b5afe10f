"""Etsy: its Open API v3 with one seller's token, and the records it sends in our words."""
