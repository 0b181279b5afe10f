"""Files of exchange rates: both forms, how they may come, and that an odd line is told and loads nothing."""

import gzip
import zipfile
from contextlib import suppress
from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.rates import CURRENCIES, PublishedRate
from integrations.rates.reading import read_rates
from integrations.rates.unpacking import MOST_BYTES, UnreadableRates

TODAY = date(2026, 11, 30)
LIST = "day,currency,per_eur\n2026-01-02,USD,1.0834\n2026-01-02,JPY,160.5\n"
# As the European Central Bank writes its history: newest first, N/A, a comma at the end of each line.
HISTORY = (
    "Date,USD,JPY,RUB,CYP,\n2026-01-05,1.09,161.2,N/A,N/A,\n2026-01-02,1.0834,160.5,N/A,N/A,\n"
    "2022-03-01,1.1162,128.24,117.201,N/A,\n"
)
LAST_DAY = "Date, USD, JPY, \n28 November 2026, 1.0834, 160.5, \n"


def read(content: str | bytes) -> list[PublishedRate]:
    return read_rates(content if isinstance(content, bytes) else content.encode(), latest=TODAY)


def shown(content: str | bytes) -> list[tuple[str, str, str]]:
    return [(each.currency, str(each.day), str(each.per_eur)) for each in read(content)]


def complaint(content: str | bytes) -> str:
    with pytest.raises(UnreadableRates) as caught:
        read(content)
    return str(caught.value)


def zipped(*files: tuple[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w", how) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return made.getvalue()


THE_LIST = [("USD", "2026-01-02", "1.0834"), ("JPY", "2026-01-02", "160.5")]


def test_a_rate_in_each_line() -> None:
    assert shown(LIST) == THE_LIST


def test_a_currency_in_each_column() -> None:
    assert shown(HISTORY) == [
        ("USD", "2026-01-05", "1.09"),
        ("JPY", "2026-01-05", "161.2"),
        *THE_LIST,
        ("USD", "2022-03-01", "1.1162"),
        ("JPY", "2022-03-01", "128.24"),
        ("RUB", "2022-03-01", "117.201"),
    ]


def test_the_file_of_the_last_day_writes_its_day_in_words() -> None:
    assert shown(LAST_DAY) == [("USD", "2026-11-28", "1.0834"), ("JPY", "2026-11-28", "160.5")]


def test_an_empty_cell_is_no_rate_also_at_the_end() -> None:
    assert shown("Date,USD,JPY\n2026-01-02,,160.5\n2026-01-05,1.09,\n") == [
        ("JPY", "2026-01-02", "160.5"),
        ("USD", "2026-01-05", "1.09"),
    ]
    assert shown("Date,USD,JPY,\n2026-01-05,1.09,,\n") == [("USD", "2026-01-05", "1.09")]


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + LIST.encode(),
        LIST.replace("\n", "\r\n").encode(),
        LIST.replace(",", " , ").encode(),
        LIST.replace("\n", "\n\n").encode(),
        LIST.rstrip().encode(),
        LIST.replace("day,currency", "Day,Currency").encode(),
        LIST.replace("1.0834", '"1.0834"').encode(),
        gzip.compress(LIST.encode()),
        zipped(("rates.csv", LIST.encode())),
        zipped(("folder/", b""), ("folder/rates.csv", LIST.encode())),
        zipped(("rates.csv", LIST.encode()), how=zipfile.ZIP_STORED),
    ],
    # An archive holds the time at which it was made, and all workers of a run must name a test alike.
    ids=["mark", "crlf", "blanks", "empty_lines", "no_end", "capitals", "quotes", "gzip", "zip", "folder", "stored"],
)
def test_however_it_comes(content: bytes) -> None:
    assert shown(content) == THE_LIST


ODD_LINES = {
    "2026-01-02,USD,1.08;": "no rate",
    "2026-01-02,USD,0": "Line 2: '0' is no rate",
    "2026-01-02,USD,0.0000000001": "no rate",
    "2026-01-02,USD,-1.08": "Line 2: '-1.08' is no rate",
    "2026-01-02,USD,NaN": "no rate",
    "2026-01-02,USD,Infinity": "no rate",
    "2026-01-02,USD,1e3": "no rate",
    "2026-01-02,USD,1_000": "no rate",
    "2026-01-02,USD,\u0661.\u0665": "no rate",
    "2026-01-02,USD,1000000000": "no rate",
    f"2026-01-02,USD,{'9' * 5000}": "no rate",
    '2026-01-02,USD,"1,08"': "Line 2: '1,08' is no rate: write a number such as 1.0834",
    "2026-01-02,USD,": "no rate",
    "2026-01-02,USD,N/A": "no rate",
    "2026-01-02,EUR,1": "Line 2: the euro has no rate",
    "2026-01-02,usd,1.08": "Line 2: 'usd' is no currency",
    "2026-01-02,XXX,1.08": "no currency",
    "2026-01-02,,1.08": "no currency",
    "2026-13-02,USD,1.08": "Line 2: '2026-13-02' is no day",
    "02.01.2026,USD,1.08": "no day",
    "20260102,USD,1.08": "no day",
    "1998-12-31,USD,1.08": "before the first day of the euro",
    "2026-12-01,USD,1.08": "Line 2: 2026-12-01 is a day to come",
    "2026-01-02,USD": "Line 2: it has 2 columns, not 3",
    "2026-01-02,USD,1,08": "Line 2: it has 4 columns",
    '2026-01-02,USD,"1.08': "cannot be divided into columns",
    f"2026-01-02,USD,{'9' * 200_000}": "Line 2 cannot be divided",
}


@pytest.mark.parametrize(("line", "said"), ODD_LINES.items(), ids=range(len(ODD_LINES)))
def test_an_odd_line_is_told_with_its_number(line: str, said: str) -> None:
    assert said in complaint(f"day,currency,per_eur\n{line}\n2026-01-05,USD,1.09\n")
    assert len(complaint(f"day,currency,per_eur\n{line}\n")) < 250


def test_one_odd_line_far_below_refuses_the_file() -> None:
    days = "".join(f"2026-01-{day:02},USD,1.08\n" for day in range(1, 29))
    assert complaint(f"day,currency,per_eur\n{days}2026-01-29,USD,-1\n").startswith("Line 30: '-1' is no rate")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (LIST.replace(",", ";"), "divided by semicolons"),
        (HISTORY.replace(",", ";").replace(".", ","), "divided by semicolons"),
        (LIST.replace(",", "\t"), "The header must be"),
        (LIST.removeprefix("day,currency,per_eur\n"), "The header must be"),
        ("", "The header must be"),
        ("day,currency,per_eur\n", "no rate"),
        ("Date,USD,\n2026-01-02,N/A,\n", "no rate"),
        ("Date,USD,EUR\n2026-01-02,1.08,1\n", "Line 1: the euro has no rate"),
        ("Date,USD,ABC\n2026-01-02,1.08,1\n", "Line 1: 'ABC' is no currency"),
        ("Date,USD,USD\n2026-01-02,1.08,1.08\n", "Line 1: it has USD twice"),
        ("Date,USD,,JPY\n2026-01-02,1.08,,160\n", "Line 1: '' is no currency"),
        ("Date,USD\n2026-01-02,1.08,1.09\n", "Line 2: it has 3 columns, not 2"),
        ("Date,USD\n2026-01-02,0\n", "Line 2: '0' is no rate"),
        ("Date,USD\n32 January 2026,1.08\n", "Line 2: '32 January 2026' is no day"),
        ("Date,USD\n01 Janvier 2026,1.08\n", "no day"),
        (LIST + "2026-01-02,USD,1.0834\n", "Line 4: USD of 2026-01-02 stands in line 2 already"),
        ("Date,USD\n2026-01-02,1\n2026-01-02,2\n", "Line 3: USD of 2026-01-02 stands in line 2 already"),
        (LIST.encode("utf-16"), "no text in UTF-8"),
        (b"\x89PNG\r\n\x1a\n\xff", "no text in UTF-8"),
        (LIST.replace("USD", "U\0D"), "no currency"),
    ],
)
def test_a_file_that_is_none_of_rates_is_told(content: str | bytes, said: str) -> None:
    assert said in complaint(content)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (zipped(), "must hold one file, not 0"),
        (zipped(("a.csv", b""), ("b.csv", b"")), "must hold one file, not 2"),
        (zipped(("a.csv", LIST.encode()), how=zipfile.ZIP_BZIP2), "unusual way"),
        (zipped(("a.csv", LIST.encode()))[:60], "damaged or encrypted"),
        (gzip.compress(LIST.encode())[:30], "damaged or encrypted"),
        (zipped(("inner.zip", zipped(("a.csv", b"\xff" * 100)))), "no text in UTF-8"),
    ],
    ids=["no_file", "two_files", "unusual", "zip_cut_off", "gzip_cut_off", "zip_in_zip"],
)
def test_an_archive_that_holds_no_file_of_rates_is_told(content: bytes, said: str) -> None:
    assert said in complaint(content)


def test_an_encrypted_archive_is_told() -> None:
    content = bytearray(zipped(("a.csv", LIST.encode())))
    central = content.index(b"PK\x01\x02")
    content[6] |= 1  # the flag of encryption, in both headers
    content[central + 8] |= 1
    assert "damaged or encrypted" in complaint(bytes(content))


@pytest.mark.parametrize("pack", [gzip.compress, lambda content: zipped(("a.csv", content))])
def test_a_bomb_is_unpacked_to_the_bound_only(pack: object) -> None:
    assert callable(pack)
    packed = pack(b"\n" * (MOST_BYTES + 1))
    assert len(packed) < MOST_BYTES / 100
    assert "larger than 16 MB" in complaint(packed)


def test_a_plain_file_beyond_the_bound_is_not_read() -> None:
    assert "larger than 16 MB" in complaint(b"\n" * (MOST_BYTES + 1))


RATES = st.dictionaries(
    st.tuples(st.sampled_from(sorted(CURRENCIES - {"EUR"})), st.dates(date(1999, 1, 1), TODAY)),
    st.decimals("0.000001", "999999999", places=6),
    min_size=1,
    max_size=30,
)


@given(rates=RATES)
def test_both_forms_say_the_same(rates: dict[tuple[str, date], Decimal]) -> None:
    listed = "".join(f"{day},{currency},{rate}\n" for (currency, day), rate in rates.items())
    codes, days = sorted({code for code, _ in rates}), sorted({day for _, day in rates}, reverse=True)
    wide = "".join(f"{day},{','.join(str(rates.get((code, day), 'N/A')) for code in codes)},\n" for day in days)
    wanted = {(currency, day, rate) for (currency, day), rate in rates.items()}
    for content in (f"day,currency,per_eur\n{listed}", f"Date,{','.join(codes)},\n{wide}"):
        found = read(content)
        assert {(each.currency, each.day, each.per_eur) for each in found} == wanted
        assert len(found) == len(wanted)


@given(content=st.one_of(st.binary(max_size=300), st.text(alphabet="Date,USDay0123456789.-;\n\r\"' ", max_size=300)))
def test_whatever_comes_is_read_or_told(content: str | bytes) -> None:
    with suppress(UnreadableRates):
        assert read(content)
