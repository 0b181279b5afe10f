"""Signed links: what was put in comes out until its instant, and nothing else ever does."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

from auth.signed_links import SignedLinks, signing_key

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
CONTENT = b'{"question": "\xf0\x9f\x98\x80"}' * 20
LINKS = SignedLinks("https://app.test/charts", [b"new", b"old"])


def query_of(links: SignedLinks, until: datetime = NOW) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(links.link(CONTENT, until)).query))


def test_a_link_holds_its_content_until_its_instant() -> None:
    query = query_of(LINKS)
    assert LINKS.link(CONTENT, NOW).startswith("https://app.test/charts?")
    assert LINKS.content(query, NOW) == CONTENT
    assert LINKS.content(query, NOW + timedelta(seconds=1)) is None


def test_what_the_key_before_has_signed_works_on_and_what_no_key_has_does_not() -> None:
    old, strange = SignedLinks(LINKS.url, [b"old"]), SignedLinks(LINKS.url, [b"strange"])
    assert LINKS.content(query_of(old), NOW) == CONTENT
    assert LINKS.content(query_of(strange), NOW) is None
    assert old.content(query_of(LINKS), NOW) is None


def test_a_link_that_was_changed_holds_nothing() -> None:
    query = query_of(LINKS)
    later = str(int(query["expires"]) + 1)
    changed = [
        {**query, name: value} for name in query for value in ("", "x", "\0", "\ud800", "\u00e9", query[name][:-1])
    ]
    for each in (*changed, {**query, "expires": later}, {}, {**query, "q": query["q"] + "A"}):
        assert LINKS.content(each, NOW) is None


def test_keys_of_two_purposes_differ() -> None:
    assert signing_key("secret", "charts") != signing_key("secret", "files")
    assert "new" not in repr(LINKS)
