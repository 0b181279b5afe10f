"""Records of odd lines: each line of a file is told once, and what is wrong with one costs none of the others."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.reports.lines import LONGEST_LINE, MOST_JOINED, MOST_LINES, FileFault, Record, RecordReader


def records(text: str, width: int | None = 3) -> list[Record]:
    return list(RecordReader(iter(text.splitlines(keepends=True)), ",", width))


def good(text: str) -> list[tuple[int, list[str]]]:
    return [(each.line, [*each.fields]) for each in records(text) if not each.fault and not each.is_blank]


def faults(text: str) -> dict[int, str]:
    return {each.line: each.fault for each in records(text) if each.fault}


def test_a_name_may_have_line_breaks_separators_and_quotes_in_it() -> None:
    assert good('1,"a, ""b""\nc",x\n2,b,y\n') == [(1, ["1", 'a, "b"\nc', "x"]), (3, ["2", "b", "y"])]


def test_a_quote_without_a_partner_costs_its_line_alone() -> None:
    text = '1,"open,x\n2,b,y\n3,"c",z\n4,12" x,v\n5,e,w\n'
    assert good(text) == [
        (2, ["2", "b", "y"]),
        (3, ["3", "c", "z"]),
        (4, ["4", '12" x', "v"]),
        (5, ["5", "e", "w"]),
    ]
    assert faults(text) == {1: "A quotation mark of the line has no partner."}
    # So do two of them, which could be taken for the ends of one field.
    assert [line for line, _ in good('1,"open,x\n2,b,y\n3,"open,z\n4,d,w\n')] == [2, 4]


def test_lines_are_joined_a_few_at_a_time() -> None:
    assert good('1,"' + "a\n" * MOST_JOINED + '",x\n') != []
    assert good('1,"' + "a\n" * (MOST_JOINED + 1) + '",x\n2,b,y\n') == [(MOST_JOINED + 3, ["2", "b", "y"])]


def test_lines_that_are_ragged_too_long_or_no_text_are_told_with_their_numbers() -> None:
    text = "1,a,x,,\n2,a\n\n,,,,,\n5,a,x,y\n6,\0,x\n7,\udce9,x\n8," + "a" * LONGEST_LINE + ",x\n9,b,y\n"
    assert [line for line, _ in good(text)] == [1, 9]
    assert faults(text) == {
        2: "The line has 2 columns, and the headings are 3.",
        5: "The line has 4 columns, and the headings are 3.",
        6: "The line has a NUL character in it.",
        7: "The line has bytes in it that are no text in the file's encoding.",
        8: "The line is longer than 65,536 characters.",
    }


def test_a_file_of_too_many_lines_is_refused() -> None:
    reader = RecordReader(iter(["\n"] * (MOST_LINES + 1)), ",", 3)
    with pytest.raises(FileFault, match="500,000 lines"):
        sum(1 for _ in reader)


CELLS = st.text(st.characters(blacklist_characters="\r\0", blacklist_categories=["Cs"]), max_size=8)


@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=8))
def test_what_a_program_writes_is_read_as_it_was(rows: list[list[str]]) -> None:
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator="\n").writerows(rows)
    lines = iter(io.StringIO(written.getvalue(), newline="\n"))
    found = [[*each.fields] for each in RecordReader(lines, ",", 3) if not each.is_blank]
    assert found == [row for row in rows if any(map(str.strip, row))]


@given(st.text(st.sampled_from('a,"\n\0;'), max_size=80))
def test_every_line_is_told_at_most_once_and_in_order(text: str) -> None:
    found = records(text, 2)
    numbers = [each.line for each in found]
    assert numbers == sorted(set(numbers))
    lines = text.splitlines()
    told = {number: each for each in found for number in [each.line]}
    alone = {number for number, line in enumerate(lines, 1) if '"' not in line and "\0" not in line}
    # A line without a quote is a record, if it is not within a name that is quoted.
    for number in alone & told.keys():
        assert told[number].fault or len(told[number].fields) in (0, 2) or told[number].is_blank
    assert all(each.fault or each.is_blank or len(each.fields) == 2 for each in found)
