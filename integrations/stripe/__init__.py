"""Stripe's API and its events: calls, records, signatures; must not know our tables or price plans."""
