"""Frames of the link, on the host's side.

A request is `seq cmd addr[3] n payload crc[2]`, its reply `seq status n payload crc[2]`. Numbers
and payload words are little-endian, and the checksum is CRC-16 with polynomial 0x1021 and initial
value 0xFFFF over all before it. On the line each is encoded by COBS and followed by a zero byte.

A request reads or writes `n` words at addresses that rise by 4; a write carries them as payload.
The reply to a read carries them too. Where the bus refuses a word, the status is
`Status.BUS_ERROR` and the payload is its address; the words before it have been written.
"""

import enum
import struct
from dataclasses import dataclass

from cobs import cobs
from crccheck.crc import Crc16Ibm3740

from ohmloom_analog.errors import LinkError

__all__ = [
    "CHECKSUM_BYTES",
    "HEADER_BYTES",
    "LONGEST_REQUEST",
    "MOST_WORDS",
    "Command",
    "Reply",
    "Request",
    "Status",
    "decode_reply",
    "decode_request",
    "encode_reply",
    "encode_request",
]

MOST_WORDS = 60
"""Words that a frame carries at most."""
HEADER_BYTES = 6
"""Bytes of a request before its payload."""
CHECKSUM_BYTES = 2
"""Bytes after the payload."""
LONGEST_REQUEST = HEADER_BYTES + 4 * MOST_WORDS + CHECKSUM_BYTES
"""Bytes of the longest request, before encoding."""

_REPLY_HEADER_BYTES = 3


class Command(enum.IntEnum):
    """What a request asks for."""

    READ = 1
    """Read words."""
    WRITE = 2
    """Write words."""


class Status(enum.IntEnum):
    """What became of a request."""

    OK = 0
    """It was done."""
    BUS_ERROR = 1
    """The address in the payload can't be read or written."""
    BAD_REQUEST = 2
    """The command is unknown, or the length doesn't fit it; nothing was done."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """What the host asks."""

    sequence: int
    """Number of the request, modulo 256."""
    command: int
    """A `Command`."""
    address: int
    """Byte address of the first word."""
    count: int
    """Number of words."""
    words: tuple[int, ...] = ()
    """Payload."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """What the chip answers."""

    sequence: int
    """Number of the request."""
    status: int
    """A `Status`."""
    words: tuple[int, ...] = ()
    """Payload."""


def encode_request(request: Request) -> bytes:
    """Return a request as it is sent, with the zero byte that ends it."""
    head = bytes([request.sequence, request.command])
    place = request.address.to_bytes(3, "little") + bytes([request.count])
    return _seal(head + place + _pack(request.words))


def decode_request(encoded: bytes) -> Request:
    """Return the request in an encoded frame, without its zero byte.

    Raises
    ------
    LinkError
        Where the frame is malformed or its checksum is wrong.
    """
    frame = _open(encoded, least=HEADER_BYTES)
    return Request(
        sequence=frame[0],
        command=frame[1],
        address=int.from_bytes(frame[2:5], "little"),
        count=frame[5],
        words=_unpack(frame[HEADER_BYTES:]),
    )


def encode_reply(reply: Reply) -> bytes:
    """Return a reply as it is sent, with the zero byte that ends it."""
    head = bytes([reply.sequence, reply.status, len(reply.words)])
    return _seal(head + _pack(reply.words))


def decode_reply(encoded: bytes) -> Reply:
    """Return the reply in an encoded frame, without its zero byte.

    Raises
    ------
    LinkError
        Where the frame is malformed or its checksum is wrong.
    """
    frame = _open(encoded, least=_REPLY_HEADER_BYTES)
    words = _unpack(frame[_REPLY_HEADER_BYTES:])
    if len(words) != frame[2]:
        msg = f"reply must carry the {frame[2]} words that it announces, not {len(words)}"
        raise LinkError(msg)
    return Reply(sequence=frame[0], status=frame[1], words=words)


def _pack(words: tuple[int, ...]) -> bytes:
    return struct.pack(f"<{len(words)}I", *words)


def _unpack(payload: bytes) -> tuple[int, ...]:
    if len(payload) % 4:
        msg = f"payload must be whole words of 4 bytes, not {len(payload)} bytes"
        raise LinkError(msg)
    return struct.unpack(f"<{len(payload) // 4}I", payload)


def _seal(frame: bytes) -> bytes:
    checksum = Crc16Ibm3740.calc(frame).to_bytes(CHECKSUM_BYTES, "little")
    return bytes(cobs.encode(frame + checksum)) + b"\0"


def _open(encoded: bytes, *, least: int) -> bytes:
    try:
        frame = bytes(cobs.decode(encoded))
    except cobs.DecodeError as error:
        msg = f"frame must be encoded by COBS: {error}"
        raise LinkError(msg) from None
    if len(frame) < least + CHECKSUM_BYTES:
        msg = f"frame must have at least {least + CHECKSUM_BYTES} bytes, not {len(frame)}"
        raise LinkError(msg)
    body, checksum = frame[:-CHECKSUM_BYTES], int.from_bytes(frame[-CHECKSUM_BYTES:], "little")
    expected = int(Crc16Ibm3740.calc(body))
    if checksum != expected:
        msg = f"checksum of a frame must be {expected:#06x}, not {checksum:#06x}"
        raise LinkError(msg)
    return body
