"""Conversations with buyers: read, shown, marked as read, and answered."""
