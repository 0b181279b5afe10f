"""Owns how a letter becomes an e-mail and leaves; must not know our tables, nor what letters say."""
