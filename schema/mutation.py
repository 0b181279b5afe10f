"""The list of mutations: one line each, what they do is in resolvers/."""

import strawberry


@strawberry.type
class Mutation:
    """What concerns the input is a `userErrors` entry of the payload."""
