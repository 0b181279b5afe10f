"""Suggestion: what was found and a person decides; and the mutation that decides."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from models.listings.suggestion import Suggestion as SuggestionRow
from models.listings.suggestion import SuggestionKind, SuggestionStatus
from resolvers.listings import suggestions
from schema.channel_jobs.job import ChannelJob
from schema.field import field
from schema.listings.listing import Listing
from schema.node import Node, entity
from schema.people.user import User
from schema.user_error import UserError

if TYPE_CHECKING:
    from schema.products.product import Product


@entity(SuggestionRow, description="What a sync or a sale found, and a person decides.")
class Suggestion(Node):
    kind: SuggestionKind = field(description="What is suggested.")
    status: SuggestionStatus = field(description="Whether it was decided.")
    product: Annotated["Product", strawberry.lazy("schema.products.product")] | None = field(
        suggestions.product_of, description="Which product it is about; null: none."
    )
    listing: Listing | None = field(suggestions.listing_of, description="Which listing it is about; null: none.")
    reason: str = field(description="Why, in words.")
    created_at: datetime
    expires_at: datetime = field(description="Until when it can be decided: 7 days.")
    decided_by: User | None = field(suggestions.decided_by, description="Null: nobody, or a key.")


@strawberry.type
class SuggestionsPayload:
    suggestions: list[Suggestion] = field(description="Those that were decided.")
    jobs: list[ChannelJob] = field(description="What follows at channels.")
    user_errors: list[UserError]


@strawberry.type
class SuggestionMutations:
    decide_suggestions: SuggestionsPayload | None = field(
        suggestions.decide_suggestions,
        description="Accepts or rejects up to 200: those that cannot be decided are user errors. Needs SELL.",
    )
