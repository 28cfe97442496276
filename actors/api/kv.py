"""Kv: an actor's own keys, as authors use them: `await self.kv.put("name", "Ada")`. See docs/kv.md.

Turns text into bytes and back, and refuses what is too large or makes no sense before anything is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Literal, TypeAlias, TypedDict, TypeVar, overload

from actors.api.words import check_words
from actors.errors import error
from actors.runtime.kv import ActorKv
from actors.storage.kv import END, MAX_KEY, KvRange

MAX_VALUE: Final = 128 * 1024
MAX_KEYS: Final = 128
MAX_BATCH: Final = 976 * 1024
MAX_LIST: Final = 16_384
MAX_TTL: Final = 100 * 365 * 86_400
"""A century, in seconds."""

Key: TypeAlias = str | bytes
Value: TypeAlias = str | bytes
K = TypeVar("K", str, bytes)
V = TypeVar("V", str, bytes)
Values: TypeAlias = list[V | None]
Pairs: TypeAlias = list[tuple[K, V]]


class Listing(TypedDict, total=False):
    """What may be said of a list."""

    key_type: type[str] | type[bytes]
    type: type[str] | type[bytes]
    reverse: bool
    limit: int


class Kv:
    """Keys and values are text or bytes, and text is its UTF-8; `type` says as what values are read.

    What has been awaited is durable. Raises kv.* for what is refused, and storage.unavailable.
    """

    __slots__ = ("_kv",)

    def __init__(self, kv: ActorKv) -> None:
        self._kv = kv

    # -- one key -------------------------------------------------------------------------------------
    @overload
    async def get(self, key: Key) -> str | None: ...
    @overload
    async def get(self, key: Key, type: type[V]) -> V | None: ...
    async def get(self, key: Key, type: Any = str) -> Any:
        """The value, None if there is none. Raises kv.not_text if it is no text: read that as bytes."""
        _check_types(type)
        (value,) = await self._kv.get([_key(key)])
        return _read(value, type)

    async def put(self, key: Key, value: Value, *, ttl: float | None = None) -> None:
        """Store a value. With `ttl` the key is gone after so many seconds; without, it stays."""
        await self._kv.put([(_key(key), _value(value))], _ttl(ttl))

    async def delete(self, key: Key) -> None:
        """Remove a key, if it is there."""
        await self._kv.delete([_key(key)])

    async def compare_and_set(
        self, key: Key, expected: Value | None, value: Value | None, *, ttl: float | None = None
    ) -> bool:
        """Put `value` if the key holds `expected`, and tell whether it did. None stands for no key."""
        wanted = None if expected is None else _value(expected)
        new = None if value is None else _value(value)
        return await self._kv.compare_and_set(_key(key), wanted, new, _ttl(ttl))

    # -- many keys -----------------------------------------------------------------------------------
    @overload
    async def get_batch(self, keys: Iterable[Key]) -> Values[str]: ...
    @overload
    async def get_batch(self, keys: Iterable[Key], type: type[V]) -> Values[V]: ...
    async def get_batch(self, keys: Iterable[Key], type: Any = str) -> Any:
        """The values in the order of `keys`, None where there is none."""
        _check_types(type)
        wanted = _keys(keys)
        return [_read(value, type) for value in await self._kv.get(wanted)] if wanted else []

    async def put_batch(self, pairs: Iterable[tuple[Key, Value]], *, ttl: float | None = None) -> None:
        """Store all of them or none; of two with the same key the later. A dict does too."""
        wanted = [(_key(key), _value(value)) for key, value in _pairs(pairs)]
        _check_count(len(wanted))
        size = sum(len(key) + len(value) for key, value in wanted)
        if size > MAX_BATCH:
            raise error("kv.batch_too_large", size=size, limit=MAX_BATCH)
        seconds = _ttl(ttl)
        if wanted:
            await self._kv.put(wanted, seconds)

    async def delete_batch(self, keys: Iterable[Key]) -> None:
        """Remove those that are there, all or none."""
        wanted = _keys(keys)
        if wanted:
            await self._kv.delete(wanted)

    # -- ranges --------------------------------------------------------------------------------------
    @overload
    async def list(
        self, prefix: Key = "", *, reverse: bool = False, limit: int = MAX_LIST
    ) -> Pairs[str, str]: ...
    @overload
    async def list(
        self, prefix: Key = "", *, type: type[V], reverse: bool = False, limit: int = MAX_LIST
    ) -> Pairs[str, V]: ...
    @overload
    async def list(
        self, prefix: Key = "", *, key_type: type[K], reverse: bool = False, limit: int = MAX_LIST
    ) -> Pairs[K, str]: ...
    @overload
    async def list(
        self,
        prefix: Key = "",
        *,
        key_type: type[K],
        type: type[V],
        reverse: bool = False,
        limit: int = MAX_LIST,
    ) -> Pairs[K, V]: ...
    async def list(self, prefix: Key = "", **how: Any) -> Any:
        """The keys that begin with `prefix`, whole, each with its value, in the order of their bytes.

        At most `limit`; with `reverse` from the last one down.
        """
        check_words("kv.invalid_request", "kv.list()", Listing, how)
        return await self._pairs(KvRange.of_prefix(_key(prefix)), **how)

    @overload
    async def list_range(
        self, start: Key, end: Key | None, *, reverse: bool = False, limit: int = MAX_LIST
    ) -> Pairs[str, str]: ...
    @overload
    async def list_range(
        self, start: Key, end: Key | None, *, type: type[V], reverse: bool = False, limit: int = MAX_LIST
    ) -> Pairs[str, V]: ...
    @overload
    async def list_range(
        self, start: Key, end: Key | None, *, key_type: type[K], reverse: bool = False, limit: int = MAX_LIST
    ) -> Pairs[K, str]: ...
    @overload
    async def list_range(
        self,
        start: Key,
        end: Key | None,
        *,
        key_type: type[K],
        type: type[V],
        reverse: bool = False,
        limit: int = MAX_LIST,
    ) -> Pairs[K, V]: ...
    async def list_range(self, start: Key, end: Key | None, **how: Any) -> Any:
        """As `list`, for the keys from `start` to before `end`; None for `end` goes on to the last."""
        check_words("kv.invalid_request", "kv.list_range()", Listing, how)
        return await self._pairs(_range(start, end), **how)

    async def delete_range(self, start: Key, end: Key | None) -> None:
        """Remove the keys from `start` to before `end`, all or none; None for `end` goes on to the last."""
        await self._kv.delete_range(_range(start, end))

    async def _pairs(
        self,
        span: KvRange,
        *,
        key_type: Any = str,
        type: Any = str,
        reverse: Any = False,
        limit: Any = MAX_LIST,
    ) -> Any:
        _check_types(key_type, type)
        if not isinstance(reverse, bool):
            raise error("kv.invalid_request", reason=f"reverse is True or False, not {reverse!r}")
        if not isinstance(limit, int) or isinstance(limit, bool) or not 0 < limit <= MAX_LIST:
            raise error("kv.invalid_request", reason=f"limit is between 1 and {MAX_LIST}, not {limit!r}")
        found = await self._kv.list(span, reverse=reverse, limit=limit)
        return [(_read(key, key_type), _read(value, type)) for key, value in found]


def _bytes(what: Literal["key", "value"], item: Any) -> bytes:
    if isinstance(item, bytes):
        return item
    if not isinstance(item, str):
        raise error("kv.invalid_request", reason=f"a {what} is text or bytes, not {item!r}")
    try:
        return item.encode()
    except UnicodeEncodeError as failure:
        raise error("kv.invalid_request", reason=f"a {what} has no UTF-8: {failure}") from failure


def _key(item: Any) -> bytes:
    key = _bytes("key", item)
    if len(key) > MAX_KEY:
        raise error("kv.key_too_large", size=len(key), limit=MAX_KEY)
    return key


def _value(item: Any) -> bytes:
    value = _bytes("value", item)
    if len(value) > MAX_VALUE:
        raise error("kv.value_too_large", size=len(value), limit=MAX_VALUE)
    return value


def _pairs(items: Any) -> Iterator[tuple[Any, Any]]:
    if not isinstance(items, Iterable):
        raise error("kv.invalid_request", reason=f"a batch is pairs of key and value, not {items!r}")
    for item in items.items() if isinstance(items, Mapping) else items:
        if not isinstance(item, tuple | list) or len(item) != 2:
            raise error("kv.invalid_request", reason=f"a batch is pairs of key and value, not {item!r}")
        yield item[0], item[1]


def _keys(items: Any) -> list[bytes]:
    if isinstance(items, str | bytes) or not isinstance(items, Iterable):  # text would be taken apart
        raise error("kv.invalid_request", reason=f"a batch is a list of keys, not {items!r}")
    keys = [_key(item) for item in items]
    _check_count(len(keys))
    return keys


def _check_count(count: int) -> None:
    if count > MAX_KEYS:
        raise error("kv.too_many_keys", count=count, limit=MAX_KEYS)


def _range(start: Any, end: Any) -> KvRange:
    return KvRange(_key(start), END if end is None else _key(end))


def _ttl(seconds: Any) -> float | None:
    if seconds is None:
        return None
    if not isinstance(seconds, int | float) or isinstance(seconds, bool) or not 0 < seconds <= MAX_TTL:
        reason = f"ttl is a number of seconds above 0, up to {MAX_TTL}, not {seconds!r}"
        raise error("kv.invalid_request", reason=reason)
    return seconds


def _check_types(*types: Any) -> None:
    for type_ in types:
        if type_ not in (str, bytes):
            raise error("kv.invalid_request", reason=f"type is str or bytes, not {type_!r}")


def _read(item: bytes | None, type_: Any) -> Any:
    if item is None or type_ is bytes:
        return item
    try:
        return item.decode()
    except UnicodeDecodeError as failure:
        raise error("kv.not_text") from failure
