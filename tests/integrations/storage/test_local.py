"""Files in a folder: links that end, secrets that change, and what lies beside the files."""

import dataclasses
import errno
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from analytics.clock import utc_now
from integrations.errors import Unavailable
from integrations.storage.door import LINK_LIFE
from integrations.storage.local import LocalStorage, OpenFile
from tests.integrations.storage.conftest import KEYS
from tests.integrations.storage.test_storage import listed, put, read

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


def opened(storage: LocalStorage, url: str) -> OpenFile | None:
    parts = urlsplit(url)
    return storage.opened(parts.path.removeprefix("/files/"), dict(parse_qsl(parts.query)))


async def test_a_link_works_for_a_quarter_of_an_hour_and_with_the_secret_before(
    local: LocalStorage, tmp_path: Path
) -> None:
    await put(local, tmp_path, "a/1.csv", b"x")
    then = dataclasses.replace(local, clock=lambda: NOON)
    link = await then.link("a/1.csv", name="a.csv")
    assert link.expires_at == NOON + LINK_LIFE
    late = dataclasses.replace(local, clock=lambda: NOON + LINK_LIFE)
    assert opened(late, link.url) == OpenFile(local.folder / "a/1.csv", "a.csv")
    assert opened(dataclasses.replace(local, clock=lambda: NOON + LINK_LIFE + timedelta(seconds=1)), link.url) is None
    renewed = [b"the next secret", KEYS[0]]
    assert opened(dataclasses.replace(late, keys=renewed), link.url) is not None
    assert opened(dataclasses.replace(late, keys=renewed[:1]), link.url) is None


async def test_a_link_says_its_time_and_name_in_one_way_only(local: LocalStorage, tmp_path: Path) -> None:
    await put(local, tmp_path, "a/1.csv", b"x")
    query = dict(parse_qsl(urlsplit((await local.link("a/1.csv", name="a.csv")).url).query))
    assert local.opened("a/1.csv", query) is not None
    for changed in (
        {"name": "b.csv"}, {"expires": "9999999999"}, {"expires": query["expires"] + "0"}, {"expires": "a"},
        {"expires": "", "name": query["expires"] + "a.csv"}, {"signature": "ü"}, {"signature": ""},
    ):  # fmt: skip
        assert local.opened("a/1.csv", {**query, **changed}) is None, changed
    assert local.opened("a/1.csv", {}) is None


async def test_a_file_is_an_attachment_that_nothing_keeps_or_changes(local: LocalStorage, tmp_path: Path) -> None:
    await put(local, tmp_path, "a/page.html", b"<script>alert(1)</script>" * 100)
    _, _, headers = await read((await local.link("a/page.html", name="page.html")).url)
    assert headers["content-type"] == "application/octet-stream"
    assert headers["content-disposition"] == 'attachment; filename="page.html"'
    assert headers["cache-control"] == "private, no-store, no-transform"
    assert stat.S_IMODE((local.folder / "a/page.html").stat().st_mode) == 0o600
    assert stat.S_IMODE((local.folder / "a").stat().st_mode) == 0o700


async def test_no_link_of_the_file_system_leads_out(local: LocalStorage, tmp_path: Path) -> None:
    await put(local, tmp_path, "a/1.csv", b"x")
    (tmp_path / "secret").write_bytes(b"secret")
    (local.folder / "a/2.csv").symlink_to(tmp_path / "secret")
    (local.folder / "b").symlink_to(tmp_path)
    for key in ("a/2.csv", "b/secret", "a"):
        assert opened(local, (await local.link(key, name="a.csv")).url) is None


async def test_a_full_folder_and_one_that_is_no_folder_are_told(
    local: LocalStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no space")

    with monkeypatch.context() as patch:
        patch.setattr("integrations.storage.local.shutil.copyfileobj", full)
        with pytest.raises(Unavailable, match="The folder of files is full"):
            await put(local, tmp_path, "a/1.csv", b"x")
    assert await listed(local) == {}
    assert [*(local.folder / ".arriving").iterdir()] == []
    with pytest.raises(Unavailable, match="cannot be used"):
        await put(dataclasses.replace(local, folder=tmp_path / "source"), tmp_path, "a/1.csv", b"x")


async def test_what_a_killed_process_had_begun_is_never_shown_and_forgotten(
    local: LocalStorage, tmp_path: Path
) -> None:
    await put(local, tmp_path, "a/1.csv", b"x")
    half = local.folder / ".arriving/half"
    half.write_bytes(b"ha")
    os.utime(half, (1, 1))
    assert await listed(local) == {"a/1.csv": 1}
    assert await local.forget_unfinished(before=utc_now() - timedelta(hours=1)) == 1
    assert not half.exists()
    await local.delete(["a/1.csv"])
    assert not (local.folder / "a").exists()


async def test_a_file_arrives_also_when_the_last_one_beside_it_is_deleted_meanwhile(
    local: LocalStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put(local, tmp_path, "tenant/a/1.jpg", b"x")

    def delete_the_other(_: int) -> None:
        (local.folder / "tenant/a/1.jpg").unlink()
        (local.folder / "tenant/a").rmdir()
        (local.folder / "tenant").rmdir()

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", delete_the_other)
        await put(local, tmp_path, "tenant/a/2.jpg", b"y")
    assert [*await listed(local)] == ["tenant/a/2.jpg"]


async def test_files_that_go_while_they_are_listed_cost_nothing(
    local: LocalStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in ("a/1.csv", "a/2.csv"):
        await put(local, tmp_path, key, b"x")
    arriving = local.folder / ".arriving"
    (arriving / "1").write_bytes(b"x")
    (arriving / "2").write_bytes(b"x")
    walk = os.walk

    def late(folder: Path) -> list[tuple[str, list[str], list[str]]]:
        found = list(walk(folder))
        for path in (local.folder / "a/1.csv", arriving / "1"):
            path.unlink(missing_ok=True)
        return found

    monkeypatch.setattr(os, "walk", late)
    assert [*await listed(local)] == ["a/2.csv"]
    (arriving / "1").write_bytes(b"x")
    assert await local.forget_unfinished(before=datetime.now(UTC) + timedelta(hours=1)) == 1
