"""Owns the stand-in of Google's sign-in; must never import the application or reach beyond loopback."""
