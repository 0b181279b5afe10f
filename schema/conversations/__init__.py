"""Conversations with buyers as clients see them."""
