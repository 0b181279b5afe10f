"""Tells watchers of each statement on an engine, whether SQLAlchemy sends it or a thin transaction; changes none."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, event
from sqlalchemy.ext.asyncio import AsyncEngine

# Called with the error of the statement, or None, when it has ended.
Ended = Callable[[BaseException | None], None]
# Called with the text and the values of a statement when it begins.
Watcher = Callable[[str, Any], Ended]

_WATCHERS: WeakKeyDictionary[Engine, list[Watcher]] = WeakKeyDictionary()


def watch(engine: AsyncEngine, watcher: Watcher) -> Callable[[], None]:
    """Tells the watcher of every statement from now on; answers what ends that."""
    sync_engine = engine.sync_engine
    watchers = _WATCHERS.setdefault(sync_engine, [])
    key = object()

    def begin(connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        connection.info[key] = watcher(statement, values)

    def end(connection: Any, *_: Any) -> None:
        ended = connection.info.pop(key, None)  # none for a statement that began before somebody watched
        if ended is not None:
            ended(None)

    def fail(context: Any) -> None:
        ended = context.connection.info.pop(key, None) if context.connection is not None else None
        if ended is not None:
            ended(context.original_exception)

    listeners = (("before_cursor_execute", begin), ("after_cursor_execute", end), ("handle_error", fail))
    for name, listener in listeners:
        event.listen(sync_engine, name, listener)
    watchers.append(watcher)

    def stop() -> None:
        watchers.remove(watcher)
        for name, listener in listeners:
            event.remove(sync_engine, name, listener)

    return stop


@contextmanager
def watched(engine: AsyncEngine, statement: str, values: Any) -> Iterator[None]:
    """Around a statement that passes SQLAlchemy by."""
    ends = [watcher(statement, values) for watcher in _WATCHERS.get(engine.sync_engine, ())]
    try:
        yield
    except BaseException as error:
        for ended in ends:
            ended(error)
        raise
    for ended in ends:
        ended(None)


def is_watched(engine: AsyncEngine) -> bool:
    return bool(_WATCHERS.get(engine.sync_engine))
