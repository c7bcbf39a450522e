"""Plain data between two processes over a socket: JSON and the bytes beside it, never pickle.

Whoever receives checks each value against the type it must have, and takes out what no page and no database can hold.
"""

import json
import re
import socket
import struct
import time
import zlib
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

Json = dict[str, Any]
_LENGTH = struct.Struct("!I")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class WrongShape(ValueError):
    """What came is not what was agreed on."""


def packed(value: Any, blobs: list[bytes]) -> Any:
    """`value` as JSON knows it; bytes go to `blobs`, and their number stands for them."""
    if isinstance(value, bytes):
        blobs.append(value)
        return len(blobs) - 1
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: packed(getattr(value, field.name), blobs) for field in fields(value)}
    if isinstance(value, dict):
        return {str(key): packed(one, blobs) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [packed(one, blobs) for one in value]
    return value


def unpacked(kind: Any, value: Any, blobs: Sequence[bytes]) -> Any:
    """The opposite of `packed`: an object of the type `kind`, or `WrongShape`."""
    try:
        return _unpacked(kind, value, blobs)
    except (TypeError, ValueError, LookupError) as error:
        raise WrongShape(f"no {getattr(kind, '__name__', kind)}: {error}") from error


def _unpacked(kind: Any, value: Any, blobs: Sequence[bytes]) -> Any:
    cls: Any = kind
    origin, arguments = get_origin(kind), get_args(kind)
    if kind is Any:
        return _storable(value)
    if origin in (Union, UnionType):
        if value is None and NoneType in arguments:
            return None
        (kind,) = (one for one in arguments if one is not NoneType)
        return _unpacked(kind, value, blobs)
    if origin is tuple and arguments[-1] is not Ellipsis:
        return tuple(_unpacked(one, each, blobs) for one, each in zip(arguments, _a(list, value), strict=True))
    if origin in (tuple, list):
        return origin(_unpacked(arguments[0], one, blobs) for one in _a(list, value))
    if origin is dict:
        return {_storable(key): _unpacked(arguments[1], one, blobs) for key, one in _a(dict, value).items()}
    if is_dataclass(kind):
        hints = _hints(cls)
        if _a(dict, value).keys() != hints.keys():
            raise WrongShape(f"not the fields of {kind}")
        return cls(**{name: _unpacked(hint, value[name], blobs) for name, hint in hints.items()})
    if kind is bytes:
        return blobs[_a(int, value)]
    if kind is datetime:
        return datetime.fromisoformat(_a(str, value))
    if issubclass(kind, Enum):
        return kind(value)
    return _storable(_a(kind, value))


def _a(kind: type, value: Any) -> Any:
    if type(value) is not kind:
        raise WrongShape(f"{type(value).__name__} where {kind.__name__} belongs")
    return value


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_storable(one) for one in value]
    if isinstance(value, dict):
        return {_storable(key): _storable(one) for key, one in value.items()}
    return value


@cache
def _hints(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}


def fingerprint(kind: Any) -> str:
    """Equal in two processes that mean the same by `kind`: one of them may run code of another day."""
    seen: dict[str, str] = {}
    waiting = [kind]
    while waiting:
        one: Any = waiting.pop()
        waiting.extend(get_args(one))
        if str(one) not in seen and is_dataclass(one):
            hints = _hints(cast(Any, one))
            seen[str(one)] = str(hints)
            waiting.extend(hints.values())
    return f"{zlib.crc32(str(sorted(seen.items())).encode()):08x}"


def encoded(head: Json, blobs: Sequence[bytes | memoryview]) -> list[bytes | memoryview]:
    """One message as pieces to send. Half characters (surrogates) pass; whoever receives takes them out."""
    text = json.dumps({**head, "sizes": [len(blob) for blob in blobs]}, ensure_ascii=False, separators=(",", ":"))
    data = text.encode("utf-8", "surrogatepass")
    return [_LENGTH.pack(len(data)) + data, *blobs]


def send(line: socket.socket, pieces: Sequence[bytes | memoryview], *, until: float | None = None) -> None:
    """Raises `OSError`, and `TimeoutError` at the moment `until` of the monotonic clock."""
    for piece in pieces:
        line.settimeout(_left(until))
        line.sendall(piece)


def receive(line: socket.socket, *, at_most: int, until: float | None = None) -> tuple[Json, list[bytes]]:
    """One message. Raises `EOFError` when the other end is gone, else like `send`, and `WrongShape`."""
    (length,) = _LENGTH.unpack(_exactly(line, _LENGTH.size, until))
    if length > at_most:
        raise WrongShape(f"{length} bytes of JSON")
    try:
        head = json.loads(_exactly(line, length, until).decode("utf-8", "surrogatepass"))
        sizes = unpacked(list[int], head.pop("sizes"), [])
    except (ValueError, AttributeError, LookupError, RecursionError) as error:
        raise WrongShape(str(error)) from error
    if min(sizes, default=0) < 0 or sum(sizes) + length > at_most:
        raise WrongShape(f"{sum(sizes)} bytes")
    return head, [_exactly(line, size, until) for size in sizes]


def _exactly(line: socket.socket, size: int, until: float | None) -> bytes:
    data = bytearray(size)
    room = memoryview(data)
    while room:
        line.settimeout(_left(until))
        count = line.recv_into(room)
        if not count:
            raise EOFError
        room = room[count:]
    return bytes(data)


def _left(until: float | None) -> float | None:
    return None if until is None else max(0.001, until - time.monotonic())
