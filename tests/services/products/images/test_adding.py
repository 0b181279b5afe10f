"""Pictures of products in the storage and in Postgres: added, arranged and deleted, also where much goes wrong."""

import asyncio
import dataclasses
import os
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from auth.permissions import Permission
from errors import Forbidden, UserErrorCode
from integrations.errors import Unavailable
from models.tenants.membership import Role
from services.exports.upkeep import sweep_files
from services.products.images import adding
from services.products.images.adding import MOST_IMAGES, add_product_image
from services.products.images.changes import arrange_product_images, delete_product_image
from services.products.images.copies import write_picture
from services.products.images.decoding import LARGEST_FILE_BYTES
from services.products.removal import RESTORABLE, erase_deleted_products
from services.toolbox import Toolbox
from tests.worlds.pictures import PictureWorld, picture, picture_world, sent
from tests.worlds.products import refusal
from tests.worlds.s3 import opened, s3_server


@pytest.fixture
async def world(tools: Toolbox, tmp_path: Path) -> PictureWorld:
    return await picture_world(tools, tmp_path)


async def test_a_picture_comes_behind_the_others_and_changes_its_product(world: PictureWorld) -> None:
    lamp = await world.catalogue.make()
    version = lamp.version
    world.catalogue.clock.now += timedelta(minutes=1)
    await world.add(lamp, picture("red"), alt="  A lamp, red ")
    lamp = await world.add(lamp, picture("blue", (2_400, 1_200)))
    red, blue = await world.images(lamp)
    assert (lamp.version, lamp.updated_at) == (version + 2, world.catalogue.clock())
    assert (red.position, red.alt, red.width, red.height) == (1, "A lamp, red", 400, 300)
    assert (blue.position, blue.alt, blue.width, blue.height) == (2, None, 2_000, 1_000)
    folder = f"{lamp.tenant_id}/products/{lamp.id}"
    assert red.object_key == f"{folder}/{red.sha256}-{red.id.hex[-12:]}.jpg"
    assert len(await world.keys()) == 3 + 5
    assert (world.storage.folder / red.object_key).stat().st_size == red.bytes
    action, target, _, after = (await world.catalogue.log())[-1]
    assert (action, target, after["id"], after["position"]) == ("product.image_added", lamp.id, str(blue.id), 2)
    assert [*world.tools.workspace.iterdir()] == []


async def test_the_same_bytes_are_one_picture_also_when_they_come_at_once(world: PictureWorld) -> None:
    lamp, other = await world.catalogue.make(), await world.catalogue.make()
    both = await asyncio.gather(world.add(lamp), world.add(lamp))
    again = await world.add(lamp, alt="Another text")
    assert [each.version for each in (*both, again)] == [lamp.version + 1] * 3
    [image] = await world.images(lamp)
    assert (image.alt, len(await world.keys())) == (None, 3)
    await world.add(other)
    assert len(await world.images(other)) == 1


async def test_there_are_24_at_most_also_when_they_come_at_once(world: PictureWorld) -> None:
    lamp = await world.catalogue.make()
    await world.fill(lamp, MOST_IMAGES - 1)
    answers = await asyncio.gather(
        *(world.add(lamp, picture(colour)) for colour in ("red", "blue", "green")), return_exceptions=True
    )
    refused = [each for each in answers if isinstance(each, BaseException)]
    assert [getattr(each, "user_code", each) for each in refused] == [UserErrorCode.INVALID] * 2
    assert [each.position for each in await world.images(lamp)] == [*range(1, MOST_IMAGES + 1)]
    # The refused ones have left no file.
    assert len(await world.keys()) == 3
    refused_now = await refusal(world.add(lamp, picture("white")))
    assert (refused_now.user_code, refused_now.field) == (UserErrorCode.INVALID, "product_id")


async def test_what_may_not_be_changed_gets_no_picture_and_keeps_those_it_has(world: PictureWorld) -> None:
    lamp = await world.catalogue.make()
    await world.add(lamp)
    [image] = await world.images(lamp)
    calls: Any = (
        lambda: world.add(lamp, picture("blue")),
        lambda: world.arrange(lamp, image),
        lambda: world.delete(image),
    )
    await world.catalogue.set_columns(lamp, frozen_at=world.catalogue.clock())
    assert [(await refusal(call())).user_code for call in calls] == [UserErrorCode.QUOTA_EXCEEDED] * 3
    await world.catalogue.set_columns(lamp, frozen_at=None)
    await world.catalogue.delete(lamp)
    assert [(await refusal(call())).user_code for call in calls] == [UserErrorCode.CONFLICT] * 3
    assert len(await world.images(lamp)) == 1
    assert len(await world.keys()) == 3


async def test_who_may_not_edit_the_catalogue_does_nothing_with_pictures(world: PictureWorld) -> None:
    lamp = await world.catalogue.make()
    viewer, tools = world.catalogue.team.as_role(Role.VIEWER), world.tools
    for call in (
        add_product_image(tools, viewer, lamp.id, sent(picture()), alt=None),
        arrange_product_images(tools.db, tools.clock, viewer, lamp.id, []),
        delete_product_image(tools, viewer, uuid4()),
    ):
        with pytest.raises(Forbidden, match=Permission.EDIT_CATALOG):
            await call


@pytest.mark.parametrize("alt", ["x" * 501, "two\nlines", "nul\0"])
async def test_a_text_that_is_no_line_is_refused_before_anything_is_read(world: PictureWorld, alt: str) -> None:
    lamp = await world.catalogue.make()
    refused = await refusal(world.add(lamp, alt=alt))
    assert (refused.user_code, refused.field) == (UserErrorCode.INVALID, "alt")


async def test_a_file_that_is_no_picture_leaves_nothing(world: PictureWorld) -> None:
    lamp = await world.catalogue.make()
    too_large = dataclasses.replace(sent(picture()), size=LARGEST_FILE_BYTES + 1)
    for file, told in ((sent(b"a text", "lamp.jpg"), "whatever its name says"), (too_large, "at most 20 MiB")):
        call = add_product_image(world.tools, world.catalogue.team.viewer, lamp.id, file, alt=None)
        refused = await refusal(call)
        assert (refused.user_code, refused.field) == (UserErrorCode.FILE_INVALID, "file")
        assert told in refused.message
    assert (await world.keys(), await world.images(lamp), [*world.tools.workspace.iterdir()]) == (set(), [], [])


async def test_while_the_storage_is_away_nothing_is_half_stored(world: PictureWorld) -> None:
    lamp, put = await world.catalogue.make(), world.storage.put

    class Failing(type(world.storage)):  # type: ignore[misc]  # a storage that fails at its second file
        async def put(self, key: str, source: Path, *, media_type: str) -> None:
            if "-w" in key:
                raise Unavailable("The folder of files is full.")
            await put(key, source, media_type=media_type)

    files = Failing(world.storage.folder, world.storage.url, world.storage.keys, world.storage.clock)
    with pytest.raises(Unavailable):
        await world.with_files(files).add(lamp)
    assert (await world.images(lamp), await world.keys()) == ([], set())
    assert (await world.add(lamp)).version == lamp.version + 1


async def test_a_product_that_is_deleted_while_its_picture_is_stored_keeps_no_file(world: PictureWorld) -> None:
    lamp, put = await world.catalogue.make(), world.storage.put

    class Slow(type(world.storage)):  # type: ignore[misc]  # a storage during whose work much happens
        async def put(self, key: str, source: Path, *, media_type: str) -> None:
            await put(key, source, media_type=media_type)
            if "-w320" in key:
                await world.catalogue.delete(lamp)

    files = Slow(world.storage.folder, world.storage.url, world.storage.keys, world.storage.clock)
    refused = await refusal(world.with_files(files).add(lamp))
    assert (refused.user_code, await world.keys()) == (UserErrorCode.CONFLICT, set())


async def test_two_are_decoded_at_once_and_the_event_loop_goes_on(
    world: PictureWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    lamp, running, most = await world.catalogue.make(), 0, 0
    lock, release, write = threading.Lock(), threading.Event(), write_picture
    loop, both_run = asyncio.get_running_loop(), asyncio.Event()

    def slow(*args: Any) -> Any:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
            if running == 2:
                loop.call_soon_threadsafe(both_run.set)
        release.wait(10)
        with lock:
            running -= 1
        return write(*args)

    monkeypatch.setattr(adding, "write_picture", slow)
    colours = ("red", "blue", "green", "white")
    adds = [asyncio.create_task(world.add(lamp, picture(colour))) for colour in colours]
    await both_run.wait()
    # One that nobody waits for keeps its place until its thread has ended.
    adds[0].cancel()
    await asyncio.sleep(0.05)
    assert (running, most) == (2, 2)
    release.set()
    done = await asyncio.gather(*adds, return_exceptions=True)
    assert (most, sum(isinstance(each, asyncio.CancelledError) for each in done)) == (2, 1)
    assert [each.position for each in await world.images(lamp)] == [1, 2, 3]
    assert [*world.tools.workspace.iterdir()] == []


async def test_order_and_deletion_keep_the_positions_without_holes(world: PictureWorld) -> None:
    lamp = await world.catalogue.make()
    for colour in ("red", "green", "blue"):
        lamp = await world.add(lamp, picture(colour))
    red, green, blue = await world.images(lamp)
    same = await world.arrange(lamp, red, green, blue)
    assert same.version == lamp.version
    lamp = await world.arrange(lamp, blue, red, green)
    assert lamp.version == same.version + 1
    action, _, before, after = (await world.catalogue.log())[-1]
    assert (action, before["image_ids"][0], after["image_ids"][0]) == (
        "product.images_arranged", str(red.id), str(blue.id),
    )  # fmt: skip
    await world.delete(red)
    assert [(each.id, each.position) for each in await world.images(lamp)] == [(blue.id, 1), (green.id, 2)]
    assert len(await world.keys()) == 6
    assert (await refusal(world.delete(red))).user_code is UserErrorCode.NOT_FOUND
    assert (await world.catalogue.log())[-1][2]["id"] == str(red.id)
    # What was deleted may come again, and what comes is the last one.
    await world.add(lamp, picture("red"))
    assert [each.position for each in await world.images(lamp)] == [1, 2, 3]


async def test_changes_at_once_keep_the_positions_too(world: PictureWorld) -> None:
    lamp = await world.catalogue.make()
    await world.fill(lamp, 6)
    images = await world.images(lamp)
    await asyncio.gather(
        *(world.delete(each) for each in images[:3]),
        world.arrange(lamp, *reversed(images)),
        world.add(lamp),
        return_exceptions=True,
    )
    assert [each.position for each in await world.images(lamp)] == [1, 2, 3, 4]


async def test_an_order_that_is_none_is_refused_where_it_is_wrong(world: PictureWorld) -> None:
    lamp, other = await world.catalogue.make(), await world.catalogue.make()
    await world.fill(lamp, 3)
    await world.fill(other, 1)
    (one, two, three), [foreign] = await world.images(lamp), await world.images(other)
    for order, code, place in (
        ((one, two), UserErrorCode.INVALID, None),
        ((), UserErrorCode.INVALID, None),
        ((one, two, two), UserErrorCode.INVALID, 2),
        ((one, two, three, one), UserErrorCode.INVALID, 3),
        ((one, foreign, three), UserErrorCode.NOT_FOUND, 1),
    ):
        refused = await refusal(world.arrange(lamp, *order))
        assert (refused.user_code, refused.field, refused.place) == (code, "image_ids", place)
    assert [each.id for each in await world.images(lamp)] == [one.id, two.id, three.id]


async def test_the_sweep_deletes_what_no_picture_names_and_nothing_of_a_live_one(world: PictureWorld) -> None:
    lamp = await world.catalogue.make()
    await world.add(lamp, picture("red", (800, 800)))
    kept = await world.keys()
    await world.add(lamp, picture("blue", (400, 400)))
    lost = (await world.keys()) - kept
    blue = (await world.images(lamp))[1]
    away = dataclasses.replace(world.storage, folder=world.storage.folder / "elsewhere")
    await world.with_files(away).delete(blue)
    assert await world.keys() == kept | lost
    assert await sweep_files(world.tools) == 0
    old = (world.tools.clock() - timedelta(days=2)).timestamp()
    for path in world.storage.folder.rglob("*.jpg"):
        os.utime(path, (old, old))
    assert await sweep_files(world.tools) == len(lost) == 3
    assert await world.keys() == kept


async def test_files_go_with_an_erased_product(world: PictureWorld) -> None:
    lamp, kept = await world.catalogue.make(), await world.catalogue.make()
    await world.add(lamp)
    await world.add(kept)
    await world.catalogue.delete(lamp)
    assert len(await world.keys()) == 6
    world.catalogue.clock.now += RESTORABLE + timedelta(seconds=1)
    assert await erase_deleted_products(world.tools) >= 1
    assert await world.images(lamp) == []
    assert {key.split("/")[2] for key in await world.keys()} == {str(kept.id)}


async def test_a_real_bucket_keeps_pictures_too(world: PictureWorld) -> None:
    with s3_server() as server:
        async with opened(server.bucket()) as bucket:
            there = world.with_files(bucket)
            lamp = await there.catalogue.make()
            await there.add(lamp)
            assert len(await there.keys()) == 3
            [image] = await there.images(lamp)
            await there.delete(image)
            assert await there.keys() == set()
