"""Owns what the sandbox's accounts hold: their entities and what these delivered; must not know the Graph's answers."""
