"""Owns what ads are called: the conventions teams use, and how they break them; must not know delivery."""

from sandbox.meta.data.dice import choice

_CONCEPTS = ("UGC-Mom", "Founder-Story", "Unboxing", "Before-After", "Testimonial", "Product-Demo", "Static-Offer")
_CONCEPTS_JP = ("開封動画", "お客様の声", "ビフォーアフター", "成分解説", "定期初回", "店頭レポ")
_HOOKS = ("H1", "H2", "H3", "Question", "Discount", "Problem")
_RATIOS = ("9x16", "4x5", "1x1")
_FORMAT_CODES = {"VIDEO": "VID", "IMAGE": "IMG", "CAROUSEL": "CAR"}
_FORMATS_JP = {"VIDEO": "動画", "IMAGE": "静止画", "CAROUSEL": "カルーセル"}
# One name in seven departs from the convention, in the ways seen in real accounts.
_BREAKS = (
    "{name} – Kopie 2",  # noqa: RUF001 - Ads Manager writes copies so
    "{name} - Copy",
    "{name}_",
    " {name}",
    "{name} 🔥",
    "{lower}",
    "Neue Anzeige",
    "{doubled}",
)
_BREAK_SHARE = 1 / 7

# Kind of the asset, number of the ad in its account, and its throws.
_Numbered = tuple[str, int, tuple[float, ...]]


def _underscore(ad: _Numbered) -> str:
    kind, number, dice = ad
    parts = (_FORMAT_CODES[kind], choice(_CONCEPTS, dice[0]), choice(_HOOKS, dice[1]), choice(_RATIOS, dice[2]))
    return "_".join((f"2026-{5 + number % 6:02d}", *parts, f"v{1 + number % 3}"))


def _pipe(ad: _Numbered) -> str:
    kind, number, dice = ad
    parts = (choice(_CONCEPTS, dice[0]), choice(_HOOKS, dice[1]), f"R-({choice(_RATIOS, dice[2])})")
    return " | ".join((kind.title(), *parts, f"{1 + number % 12:02d}/{1 + number % 28:02d}/26"))


def _bracket(ad: _Numbered) -> str:
    kind, number, dice = ad
    parts = (_FORMATS_JP[kind], choice(_CONCEPTS_JP, dice[0]), choice(_RATIOS, dice[2]), f"{1 + number % 4:02d}")
    return " ".join(f"[{part}]" for part in parts)


_CONVENTIONS = {"underscore": _underscore, "pipe": _pipe, "bracket": _bracket}


def ad_name(naming: str, kind: str, *, number: int, dice: tuple[float, ...]) -> str:
    name = _CONVENTIONS[naming]((kind, number, dice))
    if dice[3] > _BREAK_SHARE:
        return name
    broken = choice(_BREAKS, dice[4])
    return broken.format(name=name, lower=name.lower(), doubled=name.replace("_", "__", 1))
