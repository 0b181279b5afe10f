"""Pure calculation: no I/O, no tables, no GraphQL."""
