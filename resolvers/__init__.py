"""One function per field that needs work; no SQL and no vendor calls."""

from resolvers import enums as _enums  # noqa: F401 - names and describes the enums before a resolver's type uses them
