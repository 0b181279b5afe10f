"""Owns the stand-in of Meta's Graph API; must never import the application or reach beyond loopback."""
