"""Owns who may call: people, their dialog, grants and tokens."""
