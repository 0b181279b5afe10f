"""The metrics of the API, written down once more from docs/metrics.md, and formulas calculated with exact fractions."""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import floor

Value = Fraction | None
# As answers have it and rows are sorted by it: money in whole millionths, built-in ratios as floats.
Answered = Fraction | float | None
_MILLIONTHS = 10**6


@dataclass(frozen=True, slots=True)
class Written:
    """A metric: `kind` is WHOLE or COUNT for counts, MONEY, or RATIO for what has neither."""

    kind: str
    formula: str

    @property
    def names(self) -> set[str]:
        """What the formula names: facts, and in a custom metric other metrics."""
        return {node.id for node in ast.walk(ast.parse(self.formula, mode="eval")) if isinstance(node, ast.Name)}


_TABLE = """
spend                  MONEY spend
impressions            WHOLE impressions
clicksAll              WHOLE clicksAll
linkClicks             WHOLE linkClicks
outboundClicks         WHOLE outboundClicks
landingPageViews       WHOLE landingPageViews
reach                  WHOLE reach
frequency              RATIO impressions / reach
uniqueClicks           WHOLE uniqueClicks
uniqueCtr              RATIO uniqueClicks / reach
cpp                    MONEY 1000 * spend / reach
cpm                    MONEY 1000 * spend / impressions
cpcAll                 MONEY spend / clicksAll
cpcLink                MONEY spend / linkClicks
cpcOutbound            MONEY spend / outboundClicks
ctrAll                 RATIO clicksAll / impressions
ctrLink                RATIO linkClicks / impressions
ctrOutbound            RATIO outboundClicks / impressions
landingPageViewRate    RATIO landingPageViews / linkClicks
costPerLandingPageView MONEY spend / landingPageViews
postEngagements        WHOLE postEngagements
reactions              WHOLE reactions
comments               WHOLE comments
shares                 WHOLE shares
saves                  WHOLE saves
engagementRate         RATIO postEngagements / impressions
videoStarts            WHOLE videoStarts
videoViews3s           WHOLE videoViews3s
thruplays              WHOLE thruplays
videoP25               WHOLE videoP25
videoP50               WHOLE videoP50
videoP75               WHOLE videoP75
videoP95               WHOLE videoP95
videoP100              WHOLE videoP100
avgWatchSeconds        RATIO watchSeconds / videoStarts
firstFrameRate         RATIO videoStarts / impressions
hookRate               RATIO videoViews3s / impressions
holdRate               RATIO thruplays / videoViews3s
holdRateImpressions    RATIO thruplays / impressions
completionRate         RATIO videoP100 / videoStarts
addsToCart             COUNT addsToCart
checkouts              COUNT checkouts
purchases              COUNT purchases
purchaseValue          MONEY purchaseValue
leads                  COUNT leads
registrations          COUNT registrations
costPerAddToCart       MONEY spend / addsToCart
costPerCheckout        MONEY spend / checkouts
costPerLead            MONEY spend / leads
cpaPurchase            MONEY spend / purchases
roas                   RATIO purchaseValue / spend
aov                    MONEY purchaseValue / purchases
cvrLink                RATIO purchases / linkClicks
cvrLandingPage         RATIO purchases / landingPageViews
addToCartRate          RATIO addsToCart / landingPageViews
checkoutRate           RATIO checkouts / addsToCart
valuePerClick          MONEY purchaseValue / linkClicks
valuePerMille          MONEY 1000 * purchaseValue / impressions
"""

METRICS: dict[str, Written] = {
    key: Written(kind, formula) for key, kind, formula in (line.split(None, 2) for line in _TABLE.strip().splitlines())
}
FACTS = {name for metric in METRICS.values() for name in metric.names}
PEOPLE = {"reach", "uniqueClicks"}
MONEY = {"spend", "purchaseValue"}
AMOUNTS = {*MONEY, "watchSeconds", "addsToCart", "checkouts", "purchases", "leads", "registrations"}
# Conversions: each has a number of its own for every window of attribution.
CONVERSIONS = AMOUNTS - {"spend", "watchSeconds"}
WINDOWS = ("CLICK_1D", "CLICK_7D", "CLICK_28D", "VIEW_1D")

_OPERATIONS: Mapping[type[ast.operator], Callable[[Fraction, Fraction], Value]] = {
    ast.Add: lambda left, right: left + right,
    ast.Sub: lambda left, right: left - right,
    ast.Mult: lambda left, right: left * right,
    ast.Div: lambda left, right: None if right == 0 else left / right,
}


def in_words(key: str) -> str:
    """The value of the enum Metric for a field: of videoViews3s VIDEO_VIEWS_3S."""
    parts = ["_" + each if each.isupper() or (each.isdigit() and key[at - 1].islower()) else each
             for at, each in enumerate(key)]  # fmt: skip
    return "".join(parts).upper()


def answered(value: Value, kind: str, *, is_built_in: bool) -> Answered:
    """The value as answers have it; money between two millionths is the one farther from zero."""
    if value is None:
        return None
    if kind == "MONEY":
        size = floor(abs(value) * _MILLIONTHS + Fraction(1, 2))
        return Fraction(size if value > 0 else -size, _MILLIONTHS)
    return float(value) if kind == "RATIO" and is_built_in else value


def calculate(formula: str, value_of: Callable[[str], Value]) -> Value:
    """The formula over what `value_of` answers for its names; None where one is None or a denominator is 0."""
    return _calculate(ast.parse(formula, mode="eval").body, value_of)


def _calculate(node: ast.expr, value_of: Callable[[str], Value]) -> Value:
    match node:
        case ast.Constant():
            return Fraction(str(node.value))
        case ast.Name():
            return value_of(node.id)
        case ast.UnaryOp(op=ast.USub()):
            inside = _calculate(node.operand, value_of)
            return None if inside is None else -inside
        case ast.BinOp():
            left, right = _calculate(node.left, value_of), _calculate(node.right, value_of)
            return None if left is None or right is None else _OPERATIONS[type(node.op)](left, right)
    raise ValueError(ast.dump(node))
