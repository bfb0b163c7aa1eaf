import re

import pytest
from cobs import cobs
from hypothesis import given
from hypothesis import strategies as st

from ohmloom_analog.errors import LinkError
from ohmloom_hw.frame import (
    LONGEST_REQUEST,
    Command,
    Reply,
    Request,
    Status,
    decode_reply,
    decode_request,
    encode_reply,
    encode_request,
)

WORDS = st.lists(st.integers(0, 2**32 - 1), max_size=60).map(tuple)


def crc(data):
    """Divide bit by bit."""
    rest = 0xFFFF
    for byte in data:
        for place in range(7, -1, -1):
            top = (rest >> 15) ^ (byte >> place & 1)
            rest = (rest << 1 & 0xFFFF) ^ (0x1021 * top)
    return rest


def test_checksum_of_the_oracle_has_the_published_check_value():
    assert crc(b"123456789") == 0x29B1


def test_read_request_has_these_bytes():
    frame = encode_request(Request(sequence=7, command=Command.READ, address=0x12345, count=2))
    body = bytes([7, 1, 0x45, 0x23, 0x01, 2])
    assert cobs.decode(frame[:-1]) == body + crc(body).to_bytes(2, "little")
    assert frame[-1] == 0


def test_write_request_has_its_words_in_little_endian_order():
    frame = encode_request(
        Request(sequence=255, command=Command.WRITE, address=0x3C, count=1, words=(0x11223344,))
    )
    body = bytes([255, 2, 0x3C, 0, 0, 1, 0x44, 0x33, 0x22, 0x11])
    assert cobs.decode(frame[:-1]) == body + crc(body).to_bytes(2, "little")


def test_reply_has_these_bytes():
    frame = encode_reply(Reply(sequence=9, status=Status.BUS_ERROR, words=(0x70000,)))
    body = bytes([9, 1, 1, 0, 0, 7, 0])
    assert cobs.decode(frame[:-1]) == body + crc(body).to_bytes(2, "little")


def test_longest_request_has_its_stated_length():
    words = tuple(range(60))
    frame = encode_request(
        Request(sequence=0, command=Command.WRITE, address=0, count=60, words=words)
    )
    assert len(cobs.decode(frame[:-1])) == LONGEST_REQUEST == 248


@given(sequence=st.integers(0, 255), address=st.integers(0, 2**24 - 1), words=WORDS)
def test_requests_come_back_as_they_were(sequence, address, words):
    request = Request(sequence=sequence, command=2, address=address, count=len(words), words=words)
    frame = encode_request(request)
    assert frame.index(0) == len(frame) - 1
    assert decode_request(frame[:-1]) == request


@given(sequence=st.integers(0, 255), status=st.integers(0, 255), words=WORDS)
def test_replies_come_back_as_they_were(sequence, status, words):
    reply = Reply(sequence=sequence, status=status, words=words)
    assert decode_reply(encode_reply(reply)[:-1]) == reply


@given(place=st.integers(0, 8), flip=st.integers(1, 255))
def test_changed_byte_is_noticed(place, flip):
    body = bytearray(cobs.decode(encode_reply(Reply(sequence=1, status=0, words=(77,)))[:-1]))
    body[place] ^= flip
    with pytest.raises(LinkError, match=r"^checksum of a frame must be 0x"):
        decode_reply(cobs.encode(bytes(body)))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"\x01\x00", "frame must have at least 5 bytes, not 4"),
        (b"\x01\x00\x00\x55", "payload must be whole words of 4 bytes, not 1 bytes"),
        (b"\x01\x00\x02", "reply must carry the 2 words that it announces, not 0"),
    ],
)
def test_reply_of_a_wrong_length_is_refused(body, message):
    frame = cobs.encode(body + crc(body).to_bytes(2, "little"))
    with pytest.raises(LinkError, match=f"^{re.escape(message)}$"):
        decode_reply(frame)


def test_frame_that_was_cut_short_is_refused():
    with pytest.raises(LinkError, match=r"^frame must be encoded by COBS: "):
        decode_reply(encode_reply(Reply(sequence=1, status=0))[:-3])
