"""Owns which fields of creatives are read, and where in them Meta puts texts, titles, pictures and videos."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated

import msgspec

from integrations.meta.decoding import Spoiled
from integrations.meta.records import CreativeRecord, Id

# An asset's key stands in an index, which takes some thousand bytes.
AssetId = Annotated[str, msgspec.Meta(max_length=200)]


class Card(msgspec.Struct, frozen=True):
    """A picture or a video of a carousel."""

    name: str | None = None
    image_hash: AssetId | None = None
    video_id: AssetId | None = None


class StoryData(msgspec.Struct, frozen=True):
    """What a post shows: link_data, video_data, photo_data, template_data and text_data name the same things alike.

    The headline is `name`, of a video `title`; the text is `message`.
    """

    message: str | None = None
    name: str | None = None
    title: str | None = None
    image_hash: AssetId | None = None
    video_id: AssetId | None = None
    child_attachments: list[Card] = []


class StorySpec(msgspec.Struct, frozen=True):
    link_data: StoryData | None = None
    video_data: StoryData | None = None
    photo_data: StoryData | None = None
    template_data: StoryData | None = None
    text_data: StoryData | None = None

    @property
    def parts(self) -> list[StoryData]:
        every = (self.link_data, self.video_data, self.photo_data, self.template_data, self.text_data)
        return [part for part in every if part is not None]


class FeedText(msgspec.Struct, frozen=True):
    text: str | None = None


class FeedImage(msgspec.Struct, frozen=True):
    hash: AssetId | None = None


class FeedVideo(msgspec.Struct, frozen=True):
    video_id: AssetId | None = None


class FeedSpec(msgspec.Struct, frozen=True):
    """What Meta puts a dynamic creative together from; the first of each list describes it."""

    bodies: list[FeedText] = []
    titles: list[FeedText] = []
    images: list[FeedImage] = []
    videos: list[FeedVideo] = []

    @property
    def has_parts(self) -> bool:
        return bool(self.bodies or self.titles or self.images or self.videos)


class CreativeRow(msgspec.Struct, frozen=True):
    id: Id
    name: str | None = None
    title: str | None = None
    body: str | None = None
    thumbnail_url: str | None = None
    video_id: AssetId | None = None
    image_hash: AssetId | None = None
    object_type: str | None = None
    effective_object_story_id: AssetId | None = None
    object_story_spec: StorySpec | None = None
    asset_feed_spec: FeedSpec | None = None


_NO_STORY, _NO_FEED = StorySpec(), FeedSpec()


def creative_record(row: CreativeRow, _spoiled: list[Spoiled]) -> CreativeRecord:
    """Of several places that name something the plainest counts: the top, the post, its cards, the feed."""
    story, feed = row.object_story_spec or _NO_STORY, row.asset_feed_spec or _NO_FEED
    parts = story.parts
    cards = [card for part in parts for card in part.child_attachments]
    video_id = _first([row.video_id], (part.video_id for part in parts))
    image_hash = _first([row.image_hash], (part.image_hash for part in parts))
    return CreativeRecord(
        external_id=row.id,
        asset_key=_asset(video_id, image_hash) or _only_one(feed) or _story(row),
        name=row.name or row.id,
        kind="DYNAMIC" if feed.has_parts else _kind(row, cards, video_id=video_id, image_hash=image_hash),
        title=_first([row.title], _titles(parts), (each.text for each in feed.titles), (card.name for card in cards)),
        body=_first([row.body], (part.message for part in parts), (each.text for each in feed.bodies)),
        thumbnail_url=row.thumbnail_url,
        video_id=_first([video_id], (card.video_id for card in cards), (each.video_id for each in feed.videos)),
        image_hash=_first([image_hash], (card.image_hash for card in cards), (each.hash for each in feed.images)),
    )


def _first(*places: Iterable[str | None]) -> str | None:
    return next((found for place in places for found in place if found), None)


def _titles(parts: Iterable[StoryData]) -> Iterator[str | None]:
    return (part.name or part.title for part in parts)


def _asset(video_id: str | None, image_hash: str | None) -> str | None:
    """What is shown, whichever creative shows it: the video, else the image."""
    if video_id:
        return f"video:{video_id}"
    return f"image:{image_hash}" if image_hash else None


def _only_one(feed: FeedSpec) -> str | None:
    """A feed is its picture or video where it has just one: of several it is none."""
    images, videos = {each.hash for each in feed.images} - {None}, {each.video_id for each in feed.videos} - {None}
    return _asset(next(iter(videos), None), next(iter(images), None)) if len(images) + len(videos) == 1 else None


def _story(row: CreativeRow) -> str:
    return f"story:{row.effective_object_story_id}" if row.effective_object_story_id else f"creative:{row.id}"


def _kind(row: CreativeRow, cards: Sequence[Card], *, video_id: str | None, image_hash: str | None) -> str:
    if cards:
        return "CAROUSEL"
    if video_id or row.object_type == "VIDEO":
        return "VIDEO"
    return "IMAGE" if image_hash or row.object_type == "PHOTO" else "OTHER"
