"""Who is asking and what they may do: knows tables and hashes, never HTTP or GraphQL."""
