"""Conversations with buyers in GraphQL."""
