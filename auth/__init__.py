"""Who is asking and what they may do; it knows tables and hashes, never HTTP or GraphQL."""
