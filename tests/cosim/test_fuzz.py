"""A hundred thousand frames, most of them bad, into the emitted Verilog of the link.

Bytes go in without a serial line, which `tests/hw/test_link.py` has: so the whole takes seconds.
"""

import subprocess
from pathlib import Path

import numpy as np
import pytest
from amaranth.back import verilog
from cobs import cobs
from crccheck.crc import Crc16CcittFalse
from verilated import verilated

from ohmloom_hw.link import FrameEndpoint

FRAMES = 100_000
REFUSED = 0xFFC


def seal(body):
    return cobs.encode(body + Crc16CcittFalse.calc(body).to_bytes(2, "little")) + b"\0"


class Model:
    """What the link should do with each piece between two zero bytes."""

    def __init__(self):
        self.memory, self.writes, self.replies = {}, [], []
        self.last, self.reply = None, b""
        self.good = self.repeats = self.bad = 0

    def take(self, piece):
        """Return whether a reply comes."""
        if not piece:
            return False
        try:
            frame = cobs.decode(piece)
        except cobs.DecodeError:
            self.bad += 1
            return False
        if not 8 <= len(frame) <= 248:
            self.bad += 1
            return False
        body, check = frame[:-2], int.from_bytes(frame[-2:], "little")
        if Crc16CcittFalse.calc(body) != check:
            self.bad += 1
            return False
        self.good += 1
        if body[0] != 0 and frame == self.last:
            self.repeats += 1
        else:
            self.last = frame
            self.reply = seal(bytes([body[0], *self.execute(body)]))
        self.replies.append(self.reply)
        return True

    def execute(self, body):
        command, address, count = body[1], int.from_bytes(body[2:5], "little"), body[5]
        length = 6 + (4 * count if command == 2 else 0)
        if command not in (1, 2) or not 1 <= count <= 60 or len(body) != length:
            return bytes([2, 0])
        found = b""
        for place in range(count):
            at = (address + 4 * place) % 2**24
            if at == REFUSED or at % 4:
                return bytes([1, 1]) + at.to_bytes(4, "little")
            if command == 2:
                self.memory[at] = int.from_bytes(body[6 + 4 * place :][:4], "little")
                self.writes.append(f"{at:x} {self.memory[at]:x}")
            else:
                found += self.memory.get(at, 0).to_bytes(4, "little")
        return bytes([0, count if command == 1 else 0]) + found


def fresh(rng, sequence):
    command = 1 + int(rng.integers(2))
    count = int(rng.integers(1, 61)) if rng.integers(20) == 0 else int(rng.integers(1, 4))
    address = int(rng.integers(0, 0x420)) * 4
    body = bytes([sequence, command]) + address.to_bytes(3, "little") + bytes([count])
    return seal(body + (rng.bytes(4 * count) if command == 2 else b""))


def damaged(rng, frame):
    frame = bytearray(frame)
    kind, at = rng.integers(5), int(rng.integers(len(frame)))
    if kind == 0:
        frame[at] ^= int(rng.integers(1, 256))
    elif kind == 1:
        del frame[at:-1]
    elif kind == 2:
        frame[at:at] = rng.bytes(int(rng.integers(1, 9)))
    elif kind == 3:
        frame = bytearray(rng.bytes(int(rng.integers(1, 40)))) + frame
    else:
        del frame[at]
    return bytes(frame)


def stream(rng, model):
    """Yield pieces that end with a zero byte, each with whether to wait after it."""
    sequence, frame, answered = 0, fresh(rng, 0), 0
    for _ in range(FRAMES):
        choice = rng.integers(10)
        if choice < 4:
            sequence = sequence % 255 + 1
            frame = fresh(rng, sequence)
            sent = frame
        elif choice < 6:
            sent = frame
        elif choice < 9:
            sent = damaged(rng, frame)
        else:
            # Two frames whose bytes are mixed, as from two hosts on one line.
            other, cut = fresh(rng, int(rng.integers(256))), int(rng.integers(1, len(frame)))
            sent = frame[:cut] + other + frame[cut:]
        if not sent.endswith(b"\0"):
            sent += b"\0"
        for piece in sent[:-1].split(b"\0"):
            answered += model.take(piece)
            wait = answered >= 2 or bool(rng.integers(2))
            answered = 0 if wait else answered
            yield piece + b"\0", wait


def build(folder):
    text = verilog.convert(FrameEndpoint(), name="endpoint", emit_src=False)
    (folder / "endpoint.v").write_text(text)
    return verilated(folder, Path(__file__).parent / "fuzz.cpp", "endpoint")


@pytest.mark.guarantee("G10", "fuzz")
def test_bad_frames_change_nothing_and_good_ones_are_carried_out_once(tmp_path, figure):
    rng, model = np.random.default_rng(20261125), Model()
    pieces = list(stream(rng, model))
    (tmp_path / "in").write_bytes(
        b"".join(bytes([wait]) + len(p).to_bytes(2, "little") + p for p, wait in pieces)
    )
    ran = subprocess.run(
        [str(build(tmp_path)), "in", "writes", "replies"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert (tmp_path / "writes").read_text().splitlines() == model.writes
    assert (tmp_path / "replies").read_bytes() == b"".join(model.replies)
    crc_errors, frame_errors, repeats = map(int, ran.stdout.split())
    assert crc_errors + frame_errors == model.bad
    assert repeats == model.repeats
    assert min(model.good, model.bad, model.repeats) > FRAMES // 10
    figure("frames sent", FRAMES)
    figure("good pieces", model.good)
    figure("good ones that came again", model.repeats)
    figure("bad pieces", model.bad)
    figure("words written", len(model.writes))
