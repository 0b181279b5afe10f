"""The set-up of GraphiQL's files: what is taken, when it is done again."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from web.pages.install_graphiql import FILES, ROOT, STAMP, archive_of, is_installed, main, specs, unpacked, write_files

CONTENT = {name: name.encode() for name in FILES}


def test_the_files_replace_those_of_another_version(tmp_path: Path) -> None:
    target = tmp_path / "static"
    target.mkdir()
    (target / "old.js").write_text("")
    write_files(CONTENT, target)
    assert {path.name for path in target.iterdir()} == {*FILES, STAMP}
    assert is_installed(target)


def test_a_missing_file_or_another_lock_asks_for_a_new_set_up(tmp_path: Path) -> None:
    write_files(CONTENT, tmp_path / "static")
    (tmp_path / "static" / STAMP).write_text("another lock")
    assert not is_installed(tmp_path / "static")
    write_files(CONTENT, tmp_path / "static")
    (tmp_path / "static" / "graphiql.js").unlink()
    assert not is_installed(tmp_path / "static")


def test_an_archive_that_is_not_the_pinned_one_is_refused(tmp_path: Path) -> None:
    for spec in specs():
        (tmp_path / archive_of(spec)).write_bytes(b"another")
    with pytest.raises(SystemExit, match=r"not the file that package-lock.json pins"):
        unpacked(tmp_path)


def test_each_package_is_pinned_at_the_version_that_is_asked_for() -> None:
    pinned = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    locked = {f"{name.removeprefix('node_modules/')}@{entry.get('version')}" for name, entry in pinned.items()}
    assert set(specs()) <= locked
    assert {package for package, _ in FILES.values()} == {spec.rpartition("@")[0] for spec in specs()}


@pytest.mark.skipif(shutil.which("node") is None, reason="the image's stage has node")
def test_the_image_asks_for_the_same_packages() -> None:
    script = (ROOT / "Dockerfile").read_text().split('node -p "')[1].split('"')[0]
    shown = subprocess.run(["node", "-p", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert shown.stdout.split() == specs()


def test_what_is_there_already_is_not_fetched_again() -> None:
    main([])
    assert is_installed()
