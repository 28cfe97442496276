"""The version prefix."""

from __future__ import annotations

import pytest

from actors.errors import ActorError
from actors.protocol import bare
from actors.protocol.envelope import Versioned, frame_version

NUMBERS = Versioned("number", {2: bare.U16, 3: bare.UINT})


def test_each_version_has_its_own_payload() -> None:
    assert NUMBERS.encode(5, 2) == b"\x02\x00\x05\x00"
    assert NUMBERS.encode(5, 3) == b"\x03\x00\x05"
    assert NUMBERS.decode(b"\x02\x00\x05\x00") == (5, 2)
    assert NUMBERS.decode(b"\x03\x00\x05") == (5, 3)


@pytest.mark.parametrize("version", [0, 1, 4])
def test_an_unknown_version_is_refused_with_those_that_are_known(version: int) -> None:
    frame = version.to_bytes(2, "little") + b"\x05\x00"
    with pytest.raises(ActorError) as caught:
        NUMBERS.decode(frame)
    assert caught.value.metadata == {"what": "number", "version": version, "known": "2 to 3"}
    with pytest.raises(ActorError, match="Unsupported number version"):
        NUMBERS.encode(5, version)


@pytest.mark.parametrize("frame", [b"", b"\x03"])
def test_a_frame_without_a_version_is_malformed(frame: bytes) -> None:
    with pytest.raises(ActorError, match="unexpected end"):
        frame_version(frame)
