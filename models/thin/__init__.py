"""Reads without an ORM session: statements that are compiled once, sent by asyncpg below SQLAlchemy."""
