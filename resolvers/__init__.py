"""Resolvers: one function per field of the API that needs work; no SQL and no calls to vendors."""

from resolvers import enums as _enums  # noqa: F401 - names and describes the enums before a resolver's type uses them
