"""Conversations with buyers: the tables of them and of their messages, and the named queries on these."""
