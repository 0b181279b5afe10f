"""Google as an identity provider: OpenID Connect, and nothing of its other APIs."""
