"""Where a browser may be sent back to."""

import pytest

from services.return_urls import is_allowed, with_answer

SITE = "https://adgraph.example"
ORIGINS = (SITE, "https://app.example")


@pytest.mark.parametrize(
    "return_url",
    [
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example/",
        "javascript:alert(1)",
        "data:text/html,x",
        "done",
        "",
        "/a\tb",
        "/\t/evil.example",
        "/a\nb",
        "/a b",
        "/\u00e4",
        "/" + "x" * 3000,
        "https://app.example.evil.example/",
        "https://app.example@evil.example/",
        "https://user@app.example/",
        "https://app.example:444/",
        "https://app.example:x/",
        "https://[app.example/",
        "http://app.example/",
        "ftp://app.example/",
        "https:///app.example/",
    ],
)
def test_another_site_is_refused_however_it_is_spelt(return_url: str) -> None:
    assert not is_allowed(return_url, ORIGINS)


@pytest.mark.parametrize(
    "return_url",
    ["/", "/a/b?c=1#d", "https://app.example/done", "https://APP.example:443/x", "https://app.example", f"{SITE}/x"],
)
def test_this_site_and_a_listed_origin_are_taken(return_url: str) -> None:
    assert is_allowed(return_url, ORIGINS)


def test_an_address_with_a_port_and_brackets_is_one_origin() -> None:
    assert is_allowed("http://[::1]:8000/x", ("http://[::1]:8000",))


def test_the_answer_is_added_to_a_path_of_this_site() -> None:
    assert with_answer("/done?tab=1#part", f"{SITE}/", {"code": "c"}) == f"{SITE}/done?tab=1&code=c#part"


def test_the_answer_replaces_what_the_url_says_of_the_same_name() -> None:
    url = with_answer("https://app.example/done?code=old&error=old", SITE, {"code": "new"})
    assert url == "https://app.example/done?error=old&code=new"
