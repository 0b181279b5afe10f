"""Owns the answers about insights: questions, rows, report runs; must not make up what was delivered."""
