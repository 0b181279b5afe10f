"""The set-up of GraphiQL's files: what is copied, when it is done again."""

from pathlib import Path

from web.install_graphiql import FILES, STAMP, copy_files, is_installed, main


def modules(folder: Path) -> Path:
    for source in FILES.values():
        (folder / source).parent.mkdir(parents=True, exist_ok=True)
        (folder / source).write_text(source)
    return folder


def test_the_files_replace_those_of_another_version(tmp_path: Path) -> None:
    target = tmp_path / "static"
    target.mkdir()
    (target / "old.js").write_text("")
    copy_files(modules(tmp_path / "node_modules"), target)
    assert {path.name for path in target.iterdir()} == {*FILES, STAMP}
    assert is_installed(target)


def test_a_missing_file_or_another_lock_asks_for_a_new_set_up(tmp_path: Path) -> None:
    copy_files(modules(tmp_path / "node_modules"), tmp_path / "static")
    (tmp_path / "static" / STAMP).write_text("another lock")
    assert not is_installed(tmp_path / "static")
    copy_files(tmp_path / "node_modules", tmp_path / "static")
    (tmp_path / "static" / "graphiql.js").unlink()
    assert not is_installed(tmp_path / "static")


def test_what_is_there_already_is_not_fetched_again() -> None:
    main([])
    assert is_installed()
