"""TextMatchInput: how clients write what a name has to match."""

import strawberry

from models.text_match import TextMatch
from resolvers.inputs.given import given, given_list


@strawberry.input(
    description="All given parts must hold; neither case nor accents count, as in the order of names; `%` and `_` are"
    " plain characters."
)
class TextMatchInput:
    eq: str | None = strawberry.UNSET
    in_: list[str] | None = strawberry.field(name="in", default=strawberry.UNSET)
    contains: str | None = strawberry.UNSET
    starts_with: str | None = strawberry.UNSET
    is_null: bool | None = strawberry.UNSET


def text_match(match: TextMatchInput | None) -> TextMatch | None:
    """The match for models/; None when none is given. Raises BadInput for text that cannot be in a name."""
    asked = given(match)
    if asked is None:
        return None
    return TextMatch(
        eq=given(asked.eq),
        any_of=given_list(asked.in_, "in"),
        contains=given(asked.contains),
        starts_with=given(asked.starts_with),
        is_null=given(asked.is_null),
    )
