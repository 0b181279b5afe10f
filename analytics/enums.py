"""The closed sets of values that insights use; their values are the names in the API."""

from enum import StrEnum


class EntityLevel(StrEnum):
    """The kind of entity that a row of insights is about."""

    TENANT = "TENANT"
    AD_ACCOUNT = "AD_ACCOUNT"
    CAMPAIGN = "CAMPAIGN"
    AD_SET = "AD_SET"
    AD = "AD"
    CREATIVE = "CREATIVE"


class NamingLevel(StrEnum):
    """The kinds of entities whose names are read for tags."""

    CAMPAIGN = "CAMPAIGN"
    AD_SET = "AD_SET"
    AD = "AD"


class NamingMode(StrEnum):
    """How a template finds its fields in a name: by their order, by keys before them, in brackets, or by a pattern."""

    POSITION = "POSITION"
    KEYED = "KEYED"
    BRACKETED = "BRACKETED"
    REGEX = "REGEX"


class NamingFieldType(StrEnum):
    """What a field of a naming template may say."""

    TEXT = "TEXT"
    ENUM = "ENUM"
    INTEGER = "INTEGER"
    DATE = "DATE"
    RATIO = "RATIO"
    DURATION = "DURATION"


class ExtraTokens(StrEnum):
    """What becomes of parts of a name that the template has no field for."""

    ERROR = "ERROR"
    JOIN_LAST = "JOIN_LAST"
    IGNORE = "IGNORE"


class DuplicateKeys(StrEnum):
    """Which value counts when a name says a key twice."""

    FIRST = "FIRST"
    LAST = "LAST"
    ERROR = "ERROR"


class NamingStatus(StrEnum):
    """MATCHED: each required field is valid and nothing is left over; PARTIAL: some field is valid; UNMATCHED: none."""

    MATCHED = "MATCHED"
    PARTIAL = "PARTIAL"
    UNMATCHED = "UNMATCHED"


class OverrideScope(StrEnum):
    """For what an override holds; of two that hold for an entity, the one of the scope that is first here counts."""

    ENTITY = "ENTITY"
    CREATIVE = "CREATIVE"
    EXACT_NAME = "EXACT_NAME"
    NAME_PATTERN = "NAME_PATTERN"
    VALUE = "VALUE"


class TagSource(StrEnum):
    """Where the value of a tag comes from: the name as it is, the name in another spelling than the value's, a person,
    the default of the naming template, or nowhere.
    """

    PARSED = "PARSED"
    MAPPED = "MAPPED"
    OVERRIDE = "OVERRIDE"
    DEFAULT = "DEFAULT"
    MISSING = "MISSING"


class ArmLevel(StrEnum):
    """What creative tests compare and what can tire: single ads, or creatives over all the ads that use them."""

    AD = "AD"
    CREATIVE = "CREATIVE"


class FatigueState(StrEnum):
    """FATIGUED has fallen beyond what many ads show by chance, WARNING beyond what one does."""

    FATIGUED = "FATIGUED"
    WARNING = "WARNING"
    HEALTHY = "HEALTHY"
    NOT_ENOUGH_DATA = "NOT_ENOUGH_DATA"


class TimeGrain(StrEnum):
    """How a range is divided into periods; weeks begin on Monday, NONE makes the whole range one period."""

    NONE = "NONE"
    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"
    QUARTER = "QUARTER"
    YEAR = "YEAR"


class AttributionWindow(StrEnum):
    """Which conversions count for an ad: by the platform's default, or only those within days of a click or a view."""

    ACCOUNT_DEFAULT = "ACCOUNT_DEFAULT"
    CLICK_1D = "CLICK_1D"
    CLICK_7D = "CLICK_7D"
    CLICK_28D = "CLICK_28D"
    VIEW_1D = "VIEW_1D"


class Breakdown(StrEnum):
    """By what the platform can divide the numbers of an ad's day; sets of breakdowns are named in this order."""

    COUNTRY = "COUNTRY"
    REGION = "REGION"
    AGE = "AGE"
    GENDER = "GENDER"
    PUBLISHER_PLATFORM = "PUBLISHER_PLATFORM"
    PLATFORM_POSITION = "PLATFORM_POSITION"
    DEVICE_PLATFORM = "DEVICE_PLATFORM"
    IMPRESSION_DEVICE = "IMPRESSION_DEVICE"


class DatePreset(StrEnum):
    """A range relative to today in the ad account's time zone; LAST_N_DAYS ends yesterday."""

    TODAY = "TODAY"
    YESTERDAY = "YESTERDAY"
    LAST_7_DAYS = "LAST_7_DAYS"
    LAST_14_DAYS = "LAST_14_DAYS"
    LAST_28_DAYS = "LAST_28_DAYS"
    LAST_30_DAYS = "LAST_30_DAYS"
    LAST_60_DAYS = "LAST_60_DAYS"
    LAST_90_DAYS = "LAST_90_DAYS"
    LAST_180_DAYS = "LAST_180_DAYS"
    LAST_365_DAYS = "LAST_365_DAYS"
    THIS_WEEK = "THIS_WEEK"
    LAST_WEEK = "LAST_WEEK"
    THIS_MONTH = "THIS_MONTH"
    LAST_MONTH = "LAST_MONTH"
    THIS_QUARTER = "THIS_QUARTER"
    LAST_QUARTER = "LAST_QUARTER"
    THIS_YEAR = "THIS_YEAR"
    LAST_YEAR = "LAST_YEAR"


class SortOrder(StrEnum):
    ASC = "ASC"
    DESC = "DESC"


class MetricCategory(StrEnum):
    DELIVERY = "DELIVERY"
    ENGAGEMENT = "ENGAGEMENT"
    VIDEO = "VIDEO"
    CONVERSION = "CONVERSION"
    COMMERCE = "COMMERCE"
    EFFICIENCY = "EFFICIENCY"
    CUSTOM = "CUSTOM"


class MetricUnit(StrEnum):
    COUNT = "COUNT"
    MONEY = "MONEY"
    FRACTION = "FRACTION"
    MULTIPLE = "MULTIPLE"
    SECONDS = "SECONDS"


class Additivity(StrEnum):
    """ADDITIVE may be summed, SEMI_ADDITIVE (deduplicated people) never, RATIO is computed after summing."""

    ADDITIVE = "ADDITIVE"
    SEMI_ADDITIVE = "SEMI_ADDITIVE"
    RATIO = "RATIO"


class ChartKind(StrEnum):
    """How a chart shows numbers: as lines through time, as bars that lie beside names, or as columns that stand."""

    LINE = "LINE"
    BAR = "BAR"
    COLUMN = "COLUMN"


class NullReason(StrEnum):
    """Why a metric has no value."""

    ZERO_DENOMINATOR = "ZERO_DENOMINATOR"
    NOT_REPORTED = "NOT_REPORTED"
    NOT_APPLICABLE = "NOT_APPLICABLE"
    NOT_ADDITIVE = "NOT_ADDITIVE"
    NO_FX_RATE = "NO_FX_RATE"
    MIXED_CURRENCY = "MIXED_CURRENCY"


class InsightsWarningCode(StrEnum):
    NOT_REFRESHED = "NOT_REFRESHED"
    PARTIAL_RANGE = "PARTIAL_RANGE"
    NOT_ADDITIVE = "NOT_ADDITIVE"
    NOT_SETTLED = "NOT_SETTLED"
    MIXED_TIME_ZONES = "MIXED_TIME_ZONES"
    NO_FX_RATE = "NO_FX_RATE"
    GAPS = "GAPS"
    PARTIAL_DAY = "PARTIAL_DAY"


class Metric(StrEnum):
    """One member per built-in metric; analytics/metrics/ has their definitions."""

    SPEND = "SPEND"
    IMPRESSIONS = "IMPRESSIONS"
    CLICKS_ALL = "CLICKS_ALL"
    LINK_CLICKS = "LINK_CLICKS"
    OUTBOUND_CLICKS = "OUTBOUND_CLICKS"
    LANDING_PAGE_VIEWS = "LANDING_PAGE_VIEWS"
    REACH = "REACH"
    FREQUENCY = "FREQUENCY"
    UNIQUE_CLICKS = "UNIQUE_CLICKS"
    UNIQUE_CTR = "UNIQUE_CTR"
    CPP = "CPP"
    CPM = "CPM"
    CPC_ALL = "CPC_ALL"
    CPC_LINK = "CPC_LINK"
    CPC_OUTBOUND = "CPC_OUTBOUND"
    CTR_ALL = "CTR_ALL"
    CTR_LINK = "CTR_LINK"
    CTR_OUTBOUND = "CTR_OUTBOUND"
    LANDING_PAGE_VIEW_RATE = "LANDING_PAGE_VIEW_RATE"
    COST_PER_LANDING_PAGE_VIEW = "COST_PER_LANDING_PAGE_VIEW"
    POST_ENGAGEMENTS = "POST_ENGAGEMENTS"
    REACTIONS = "REACTIONS"
    COMMENTS = "COMMENTS"
    SHARES = "SHARES"
    SAVES = "SAVES"
    ENGAGEMENT_RATE = "ENGAGEMENT_RATE"
    VIDEO_STARTS = "VIDEO_STARTS"
    VIDEO_VIEWS_3S = "VIDEO_VIEWS_3S"
    THRUPLAYS = "THRUPLAYS"
    VIDEO_P25 = "VIDEO_P25"
    VIDEO_P50 = "VIDEO_P50"
    VIDEO_P75 = "VIDEO_P75"
    VIDEO_P95 = "VIDEO_P95"
    VIDEO_P100 = "VIDEO_P100"
    AVG_WATCH_SECONDS = "AVG_WATCH_SECONDS"
    FIRST_FRAME_RATE = "FIRST_FRAME_RATE"
    HOOK_RATE = "HOOK_RATE"
    HOLD_RATE = "HOLD_RATE"
    HOLD_RATE_IMPRESSIONS = "HOLD_RATE_IMPRESSIONS"
    COMPLETION_RATE = "COMPLETION_RATE"
    ADDS_TO_CART = "ADDS_TO_CART"
    CHECKOUTS = "CHECKOUTS"
    PURCHASES = "PURCHASES"
    PURCHASE_VALUE = "PURCHASE_VALUE"
    LEADS = "LEADS"
    REGISTRATIONS = "REGISTRATIONS"
    COST_PER_ADD_TO_CART = "COST_PER_ADD_TO_CART"
    COST_PER_CHECKOUT = "COST_PER_CHECKOUT"
    COST_PER_LEAD = "COST_PER_LEAD"
    CPA_PURCHASE = "CPA_PURCHASE"
    ROAS = "ROAS"
    AOV = "AOV"
    CVR_LINK = "CVR_LINK"
    CVR_LANDING_PAGE = "CVR_LANDING_PAGE"
    ADD_TO_CART_RATE = "ADD_TO_CART_RATE"
    CHECKOUT_RATE = "CHECKOUT_RATE"
    VALUE_PER_CLICK = "VALUE_PER_CLICK"
    VALUE_PER_MILLE = "VALUE_PER_MILLE"
