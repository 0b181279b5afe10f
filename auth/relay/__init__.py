"""The browser extension of a channel as a caller: what it shows, how it is recognised, and who it is then."""
