"""Reads creatives: which fields are asked for, and where in them Meta puts texts, titles, pictures and videos.

Where they lead is read by `integrations/meta/landings.py`. Its fields take values of every type here, since a field
that could not be read would make it unknown what the creative shows.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

import msgspec

from integrations.ads.records import CreativeRecord
from integrations.ads.spoiled import Spoiled
from integrations.meta.decoding import MetaRow
from integrations.meta.landings import landing_record
from integrations.meta.records import Id

# The key of an asset is in an index, whose entries are limited to some thousand bytes.
AssetId = Annotated[str, msgspec.Meta(max_length=200)]


class Card(msgspec.Struct, frozen=True):
    """A picture or a video of a carousel."""

    name: str | None = None
    image_hash: AssetId | None = None
    video_id: AssetId | None = None
    link: Any = None


class StoryData(msgspec.Struct, frozen=True):
    """What a post shows: link_data, video_data, photo_data, template_data and text_data have the same names.

    `message` is the text. The headline is `name`, in video_data it is `title`.
    """

    message: str | None = None
    name: str | None = None
    title: str | None = None
    image_hash: AssetId | None = None
    video_id: AssetId | None = None
    child_attachments: list[Card] = []
    link: Any = None
    call_to_action: Any = None


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
    """The parts that Meta combines into a dynamic creative; the first one of each list describes the creative."""

    bodies: list[FeedText] = []
    titles: list[FeedText] = []
    images: list[FeedImage] = []
    videos: list[FeedVideo] = []
    link_urls: Any = None

    @property
    def has_parts(self) -> bool:
        return bool(self.bodies or self.titles or self.images or self.videos)


class CreativeRow(MetaRow, frozen=True):
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
    link_url: Any = None
    url_tags: Any = None


_NO_STORY, _NO_FEED = StorySpec(), FeedSpec()


# A place where a value may be: the field of the creative, and the values found there.
Place = tuple[str, Iterable[str | None]]
_POST, _FEED = "object_story_spec", "asset_feed_spec"
# The fields that tell which kind of creative it is.
_OF_KIND = (_FEED, _POST, "video_id", "image_hash", "object_type")


@dataclass(slots=True)
class _Finder:
    """Looks for values in one place after the other.

    `untold` names the attributes whose value may be in a place that could not be read.
    """

    row: CreativeRow
    untold: set[str] = field(default_factory=set)

    def first(self, name: str, *places: Place) -> str | None:
        for source, values in places:
            if source in self.row.untold:
                self.untold.add(name)
            if found := next((value for value in values if value), None):
                return found
        return None


def creative_record(row: CreativeRow, spoiled: list[Spoiled]) -> CreativeRecord:
    """The creative as a record. Each value is taken from the first place that has it.

    The places are the creative itself, the post, the cards of a carousel, and the lists of a dynamic creative.
    """
    story, feed, look = row.object_story_spec or _NO_STORY, row.asset_feed_spec or _NO_FEED, _Finder(row)
    parts = story.parts
    cards = [card for part in parts for card in part.child_attachments]
    videos = (("video_id", [row.video_id]), (_POST, [part.video_id for part in parts]))
    images = (("image_hash", [row.image_hash]), (_POST, [part.image_hash for part in parts]))
    assets = (
        *((source, [_asset(video_id, None) for video_id in found]) for source, found in videos),
        *((source, [_asset(None, image_hash) for image_hash in found]) for source, found in images),
        (_FEED, [_only_one(feed)]),
        ("effective_object_story_id", [_story(row)]),
    )
    plain = _Finder(row)
    video_id, image_hash = plain.first("video_id", *videos), plain.first("image_hash", *images)
    if not feed.has_parts and any(source in row.untold for source in _OF_KIND):
        look.untold.add("kind")
    return CreativeRecord(
        external_id=row.id,
        asset_key=look.first("asset_key", *assets) or f"creative:{row.id}",
        name=look.first("name", ("name", [row.name])) or row.id,
        kind="DYNAMIC" if feed.has_parts else _kind(row, cards, video_id=video_id, image_hash=image_hash),
        title=look.first("title", *_titles(row, parts, cards, feed)),
        body=look.first("body", *_bodies(row, parts, feed)),
        thumbnail_url=look.first("thumbnail_url", ("thumbnail_url", [row.thumbnail_url])),
        video_id=look.first(
            "video_id",
            *videos,
            (_POST, (card.video_id for card in cards)),
            (_FEED, (each.video_id for each in feed.videos)),
        ),
        image_hash=look.first(
            "image_hash",
            *images,
            (_POST, (card.image_hash for card in cards)),
            (_FEED, (each.hash for each in feed.images)),
        ),
        landing=landing_record(row, spoiled),
        untold=frozenset(look.untold if row.name else {*look.untold, "name"}),
    )


def _titles(row: CreativeRow, parts: Sequence[StoryData], cards: Sequence[Card], feed: FeedSpec) -> Iterator[Place]:
    yield "title", [row.title]
    yield _POST, (part.name or part.title for part in parts)
    yield _FEED, (each.text for each in feed.titles)
    yield _POST, (card.name for card in cards)


def _bodies(row: CreativeRow, parts: Sequence[StoryData], feed: FeedSpec) -> Iterator[Place]:
    yield "body", [row.body]
    yield _POST, (part.message for part in parts)
    yield _FEED, (each.text for each in feed.bodies)


def _asset(video_id: str | None, image_hash: str | None) -> str | None:
    """The key of the asset that is shown: the video, else the image."""
    if video_id:
        return f"video:{video_id}"
    return f"image:{image_hash}" if image_hash else None


def _only_one(feed: FeedSpec) -> str | None:
    """The asset of a feed with exactly one picture or video; None for several, since no single one is shown."""
    images, videos = {each.hash for each in feed.images} - {None}, {each.video_id for each in feed.videos} - {None}
    return _asset(next(iter(videos), None), next(iter(images), None)) if len(images) + len(videos) == 1 else None


def _story(row: CreativeRow) -> str | None:
    return f"story:{row.effective_object_story_id}" if row.effective_object_story_id else None


def _kind(row: CreativeRow, cards: Sequence[Card], *, video_id: str | None, image_hash: str | None) -> str:
    if cards:
        return "CAROUSEL"
    if video_id or row.object_type == "VIDEO":
        return "VIDEO"
    return "IMAGE" if image_hash or row.object_type == "PHOTO" else "OTHER"
