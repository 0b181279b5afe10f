"""Brings the database from one release's shape to the next; imports no models but in env.py, for comparison."""
