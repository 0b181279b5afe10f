"""The list of queries: one line each, what they do is in resolvers/."""

import strawberry


@strawberry.type
class Query:
    """Root fields are nullable: when one fails, the others still answer."""
