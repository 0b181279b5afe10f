"""Global ids: one spelling each, and nothing else is an id."""

from uuid import UUID, uuid4

import pytest

from resolvers.node_id import decode_id, encode_id, split_id


def test_an_id_comes_back_as_it_was() -> None:
    row_id = uuid4()
    encoded = encode_id("Campaign", row_id)
    assert split_id(encoded) == ("Campaign", row_id)
    assert decode_id(encoded, "AdSet", "Campaign") == row_id
    assert decode_id(encoded, "AdSet") is None
    assert "=" not in encoded


ROW = UUID("01a1fc69-80ff-74be-9f1d-b85eee13d9f7")
GOOD = encode_id("Ad", ROW)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "x",
        "not base64!",
        GOOD + "=",
        GOOD + " ",
        GOOD[:-1],
        GOOD.swapcase(),
        "é" * 20,
        "A" * 100_000,
        "\0" + GOOD[1:],
        str(ROW),
    ],
)
def test_whatever_else_is_no_id(value: str) -> None:
    assert split_id(value) is None
