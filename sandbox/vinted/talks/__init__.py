"""The inbox: conversations with buyers, and replies to them."""
