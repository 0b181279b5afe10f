"""Owns Stripe's API and its messages: calls, records, signatures; must not know our tables or plans."""
