"""Relay connections: PageInfo, and the generics that print as e.g. CampaignConnection and CampaignEdge."""

from typing import Generic, TypeVar

import strawberry

from resolvers.page import total_count
from schema.field import field

T = TypeVar("T")


@strawberry.type
class PageInfo:
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@strawberry.type
class Edge(Generic[T]):
    cursor: str
    node: T


@strawberry.type
class Connection(Generic[T]):
    edges: list[Edge[T]]
    nodes: list[T]
    page_info: PageInfo
    total_count: int = field(total_count, description="Computed only when it is selected.")


@strawberry.type(name="Connection")
class UncountedConnection(Generic[T]):
    """A connection over a source that cannot be counted without reading all of it."""

    edges: list[Edge[T]]
    nodes: list[T]
    page_info: PageInfo
