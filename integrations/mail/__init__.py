"""Turns letters into e-mails and sends them; must not know our tables, nor what letters say."""
