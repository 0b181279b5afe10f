"""What the product does: use cases, rules and permission checks; no GraphQL and no HTTP."""
