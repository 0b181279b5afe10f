"""eBay's notifications: what it calls us with, and the calls that set them up."""
