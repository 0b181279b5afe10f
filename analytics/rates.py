"""Exchange rates as somebody publishes them: which currencies have one, how large it may be, how long it lasts."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

# All rates are units of a currency per euro, as the European Central Bank publishes them. So the euro has none.
EURO = "EUR"
# A day without publication has the last rate before it, at most this many days old: Easter is four days long.
RATE_LASTS_DAYS = 7
# What a rate may have before and behind its point. No currency comes near the bounds: what lies beyond is a mistake.
WHOLE_DIGITS, DECIMAL_PLACES = 9, 18
LEAST_RATE, RATE_BOUND = Decimal("0.000001"), Decimal(10) ** WHOLE_DIGITS

# ISO 4217, and former codes that ad accounts have had or the European Central Bank has published rates for.
_CODES = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF"
    " CHF CLF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD"
    " HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL"
    " LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR"
    " PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP"
    " TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG"
    " CYP EEK HRK LTL LVL MTL ROL SIT SKK TRL VEF"
)
CURRENCIES = frozenset(_CODES.split())
NO_CURRENCY = "This is no currency known by ISO 4217, such as EUR."


@dataclass(frozen=True, slots=True)
class PublishedRate:
    """How many units of `currency` one euro was on `day`."""

    currency: str
    day: date
    per_eur: Decimal
