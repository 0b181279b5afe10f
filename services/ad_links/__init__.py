"""Finds which ads advertise which products; what people say of it is in `services/products/ad_links.py`."""
