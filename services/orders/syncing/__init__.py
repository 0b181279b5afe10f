"""Reads the orders of channels from their marketplaces."""
