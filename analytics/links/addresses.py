"""Tells whether two addresses are of the same page: each is written in one way, without what only follows visitors."""

import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlencode, urlsplit

# Parameters by which advertisers and platforms follow a visitor. They never say which page it is.
_FOLLOWING = frozenset(
    {
        "_ga", "_gl", "_hsenc", "_hsmi", "campaign_id", "ad_id", "adset_id", "dclid", "epik", "fb_action_ids",
        "fb_action_types", "fb_ref", "fb_source", "fbclid", "gad_campaignid", "gad_source", "gbraid", "gclid",
        "gclsrc", "igsh", "igshid", "irclickid", "li_fat_id", "mc_cid", "mc_eid", "mkt_tok", "msclkid", "rdt_cid",
        "sccid", "scid", "srsltid", "ttclid", "twclid", "vero_id", "wbraid", "yclid", "ysclid",
    }
)  # fmt: skip
_FOLLOWING_BEGIN = ("utm_", "hsa_", "pk_", "mtm_")
_SCHEME = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*)://", re.IGNORECASE)
# An address without a scheme: a name, which needs a dot in it, and perhaps a port.
_BARE = re.compile(r"([^\s/:?#@{}]++)(?::\d++)?(?:[/?#]|$)")
_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
_INVISIBLE = re.compile(r"[\x00-\x20\x7f]")
_ESCAPED = re.compile(r"(?:%[0-9a-f]{2})+", re.IGNORECASE)
# What would be read otherwise if it stood there by itself.
_KEPT = {"%": "%25", "/": "%2F", "?": "%3F", "#": "%23"}
_OPEN_TEMPLATE, _USUAL_PORTS, _MOST_PORT = "{{", {80, 443}, 65_535


def address_key(address: str) -> str | None:
    """The address in the form in which those of one page are equal; None for what is no page of the web.

    http and https are one, `www.` and the usual ports are left out, the host is in lower case and in ASCII, the path
    has no escapes that it does not need and no slash at its end. The parameters that follow visitors are left out, and
    those with a {{placeholder}}; the others are sorted. The fragment is left out.
    """
    text = address.encode("utf-8", "replace").decode().strip()
    scheme = _SCHEME.match(text)
    if scheme is None and not _is_bare(text):
        return None
    if scheme is not None and scheme["scheme"].lower() not in ("http", "https"):
        return None
    try:
        parts = urlsplit(text if scheme is not None else f"https://{text}")
        host, port = _host(parts.hostname or ""), parts.port
    except ValueError:
        return None
    if host is None or port == 0 or _OPEN_TEMPLATE in parts.path:
        return None
    place = host if port is None or port in _USUAL_PORTS else f"{host}:{port}"
    query = urlencode(sorted(_told(parts.query)), errors="replace")
    return f"https://{place}{_path(parts.path)}" + (f"?{query}" if query else "")


def parameters(query: str) -> list[tuple[str, str]]:
    """The parameters of a query, names in lower case; those that cannot be read are left out."""
    pairs = parse_qsl(query.removeprefix("?"), keep_blank_values=True, errors="replace")
    return [(name.lower(), value) for name, value in pairs]


def query_of(address: str) -> str:
    """The query of an address, "" where it has none; of what is no address too."""
    return address.partition("#")[0].partition("?")[2]


def _is_bare(text: str) -> bool:
    name = _BARE.match(text)
    return name is not None and "." in name[1][1:-1]


def _host(given: str) -> str | None:
    decoded = _decoded(given).lower().rstrip(".")
    bare = decoded.removeprefix("www.")
    name = bare if "." in bare else decoded
    try:
        host = name if name.isascii() else name.encode("idna").decode().rstrip(".")
    except UnicodeError:
        return None
    return host if _HOST.fullmatch(host) else None


def _path(path: str) -> str:
    plain = unicodedata.normalize("NFC", _decoded(path)).rstrip("/")
    return _INVISIBLE.sub(lambda found: f"%{ord(found[0]):02X}", plain)


def _told(query: str) -> Iterator[tuple[str, str]]:
    """The parameters that say which page it is."""
    for name, value in parse_qsl(query, keep_blank_values=True, errors="replace"):
        lower = name.lower()
        follows = lower in _FOLLOWING or lower.startswith(_FOLLOWING_BEGIN)
        if not follows and _OPEN_TEMPLATE not in name and _OPEN_TEMPLATE not in value:
            yield name, value


def _decoded(text: str) -> str:
    return _ESCAPED.sub(_unescaped, text)


def _unescaped(escaped: re.Match[str]) -> str:
    try:
        found = bytes.fromhex(escaped[0].replace("%", "")).decode()
    except UnicodeDecodeError:
        return escaped[0].upper()
    return "".join(_KEPT.get(each, each) for each in found)
