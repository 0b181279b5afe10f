"""The measures that `make house` prints."""

import ast
from pathlib import Path

from tests.house_report import arrows, comments_of, layers, lines_of, longest_function
from tests.test_architecture import ROOT, circle, circle_of_modules

TEXT = """# Why.
import os  # noqa: F401

def short():
    return 1


def longer():
    # And why here.
    text = "# no comment"
    return text
"""


def test_comments_for_readers_are_counted_and_words_to_tools_are_not() -> None:
    assert (comments_of(TEXT), lines_of(TEXT)) == (2, 8)


def test_the_longest_function_is_named() -> None:
    assert longest_function(ast.parse(TEXT)) == (4, "longer")
    assert longest_function(ast.parse("")) == (0, "")


def test_a_layer_is_measured_with_its_folders_and_arrows() -> None:
    paths: list[Path] = [*(ROOT / "jobs").rglob("*.py")]
    [layer] = layers(paths)
    assert (layer.name, layer.modules) == ("jobs", layer.folders["jobs"])
    assert arrows(paths)["jobs", "services"] > 0
    assert circle_of_modules(paths) == []


def test_a_circle_is_told_in_the_direction_of_its_imports() -> None:
    assert "".join(circle({"a": {"b"}, "b": {"c", "below"}, "c": {"a"}})) in ("abca", "bcab", "cabc")
    assert circle({"a": {"b"}, "b": {"c"}}) == []
