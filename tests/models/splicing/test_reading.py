"""What a statement of texts is given of a shape, and how many objects are read of its texts."""

from models.splicing.reading import MARK, outline, read_texts, written_values
from models.splicing.shape import FixedText, HeldObject, OwnValue, RowId, Shape

INNER: Shape = (("t", FixedText("Ad")), ("n", OwnValue("name")), ("of", HeldObject("account", (("i", RowId("A")),))))
SHAPE: Shape = (("k", OwnValue("key")), ("e", HeldObject("entity", INNER)), ("m", HeldObject("metrics", ())))


def test_an_outline_has_no_names() -> None:
    renamed: Shape = (("x", SHAPE[0][1]), ("y", SHAPE[1][1]), ("__typename", FixedText("Row")), ("z", SHAPE[2][1]))
    assert outline(renamed) == outline(SHAPE)
    assert hash(outline(renamed)) == hash(outline(SHAPE))
    assert outline(SHAPE[:2]) != outline(SHAPE)


def test_names_stand_between_the_values() -> None:
    texts = [*written_values(SHAPE).values()]
    assert texts == ['{"k":', ',"e":', '{"t":"Ad","n":', ',"of":', '{"i":', "}", "}", ',"m":', "{}", "}"]
    assert [*written_values(SHAPE)] == [f"written_{number}" for number in range(10)]
    assert [*written_values((("t", FixedText("A")),)).values()] == ['{"t":"A"}']


def test_objects_are_counted_by_what_stands_before_each_text() -> None:
    """What is within an object that is not there is not there either."""
    read = read_texts(SHAPE, ["000{a}", "110{b}", "100{c}", "000{d}", "010{e}"])
    assert read is not None
    assert read.texts == ["{a}", "{b}", "{c}", "{d}", "{e}"]
    assert read.counts == {(): 5, ("e",): 3, ("e", "of"): 2, ("m",): 5}


def test_texts_without_objects_are_read_as_they_are() -> None:
    for rows in ([], ['{"k":1}', '{"k":2}']):
        read = read_texts((("k", OwnValue("key")),), rows)
        assert read is not None
        assert (read.texts, read.counts) == (rows, {(): len(rows)})


def test_one_text_that_is_marked_makes_all_unread() -> None:
    assert read_texts((("k", OwnValue("key")),), ['{"k":1}', f'{{"k":{MARK}}}']) is None
