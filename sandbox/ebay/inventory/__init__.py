"""The Inventory API: locations, items, offers, and the listings that come of them."""
