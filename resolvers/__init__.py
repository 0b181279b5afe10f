"""One function per field that needs work; no SQL and no vendor calls."""
