"""Tables, the named queries on them and Database; knows nothing of GraphQL, HTTP or vendors."""
