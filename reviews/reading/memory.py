"""What a process remembers of what it read, within bounds."""

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Any, Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Kept = TypeVar("Kept")


_all: "list[Memory[Any, Any]]" = []


def forget() -> None:
    """Empty all that this process remembers: for tests, which change the past."""
    for memory in _all:
        memory.clear()


class Memory(Generic[Key, Kept]):
    """A bounded store of this process; what was used longest ago goes first.

    Made once, when a module is read, so that `forget` knows it.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: OrderedDict[Key, Kept] = OrderedDict()
        self._lock = Lock()
        _all.append(self)

    def get(self, key: Key) -> Kept | None:
        with self._lock:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key]

    def put(self, key: Key, value: Kept) -> None:
        with self._lock:
            self._kept[key] = value
            self._kept.move_to_end(key)
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()
