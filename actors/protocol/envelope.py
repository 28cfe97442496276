"""The version prefix of every RivetKit binary message: u16 little-endian, then that version's payload."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from typing import Final, Generic, NoReturn, TypeVar

from actors.errors import error
from actors.protocol.bare import Reader, Wire, malformed

T = TypeVar("T")

_PREFIX: Final = struct.Struct("<H")


def frame_version(frame: bytes) -> int:
    """The version that a frame claims. Raises `protocol.malformed` if it is too short to claim one."""
    if len(frame) < _PREFIX.size:
        raise malformed("unexpected end of input")
    return frame[0] | frame[1] << 8


class Versioned(Generic[T]):
    """One message type in all versions that we know: reads any of them and writes the one asked for.

    `what` names the protocol in errors ("client protocol").
    """

    __slots__ = ("_known", "_what", "_wires")

    def __init__(self, what: str, wires: Mapping[int, Wire[T]]) -> None:
        self._what = what
        self._wires: Mapping[int, tuple[bytes, Callable[[Reader], T], Callable[[T], bytes]]] = {
            version: (_PREFIX.pack(version), wire.read, wire.write) for version, wire in wires.items()
        }
        self._known = f"{min(wires)} to {max(wires)}"

    def decode(self, frame: bytes) -> tuple[T, int]:
        """The message and its version. Raises `protocol.unsupported_version` or `protocol.malformed`."""
        version = frame_version(frame)
        _, read, _ = self._wires.get(version) or self._unknown(version)
        return read(Reader(frame, _PREFIX.size)), version

    def decode_payload(self, payload: bytes, version: int) -> T:
        """A message without prefix, for a conversation that has agreed on its version. Raises as `decode`."""
        _, read, _ = self._wires.get(version) or self._unknown(version)
        return read(Reader(payload))

    def encode_payload(self, message: T, version: int) -> bytes:
        """As `encode`, without the prefix."""
        _, _, write = self._wires.get(version) or self._unknown(version)
        return write(message)

    def encode(self, message: T, version: int) -> bytes:
        """The frame of `message` in `version`."""
        prefix, _, write = self._wires.get(version) or self._unknown(version)
        return prefix + write(message)

    def _unknown(self, version: int) -> NoReturn:
        raise error("protocol.unsupported_version", what=self._what, version=version, known=self._known)
