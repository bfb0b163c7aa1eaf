"""Whatever comes over the line, only whole frames with the right checksum are held for the bus."""

import pytest
from amaranth.hdl import (
    Assert,
    Assume,
    Cat,
    ClockDomain,
    Cover,
    Elaboratable,
    Module,
    Mux,
    Signal,
)
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ohmloom_hw.deframer import Deframer

pytestmark = pytest.mark.guarantee("G10", "bad-frames")

LONGEST = 248


def checksum_step(value, byte):
    """One byte of a checksum that stands in for the CRC.

    Solvers take hours over the sums of a CRC, and the frames are parsed the same way whatever the
    checksum is: it depends on each byte and on their order. That the gateware's is the CRC of the
    format is tested by itself.
    """
    return Cat(value[13:], value[:13]) ^ byte


class StandIn(wiring.Component):
    """That checksum, with the ports of the CRC's."""

    def __init__(self):
        super().__init__({"start": In(1), "data": In(8), "valid": In(1), "crc": Out(16)})

    def elaborate(self, platform):
        m = Module()
        rest = Signal(16, init=0xFFFF)
        m.d.comb += self.crc.eq(rest)
        with m.If(self.start):
            m.d.sync += rest.eq(0xFFFF)
        with m.Elif(self.valid):
            m.d.sync += rest.eq(checksum_step(rest, self.data))
        return m


@pytest.fixture(autouse=True)
def simple_checksum(monkeypatch):
    monkeypatch.setattr("ohmloom_hw.deframer.checksum_processor", StandIn)


class Judge:
    """Says of each byte of the line what it means, from the rules of the format."""

    def __init__(self, m, valid, byte, broken):
        place, code_place = Signal(12), Signal(12)
        zero_due = Signal()
        count = Signal(12)
        checksum, early, late = Signal(16, init=0xFFFF), Signal(8), Signal(8)
        spoiled = Signal()
        self.good, self.end, self.bytes = Signal(), Signal(), count
        self.room = Signal()
        self.history = Signal(8 * 10)
        is_code = place == code_place
        decoded, there = Signal(8), Signal()
        m.d.comb += [
            there.eq(valid & (byte != 0) & (~is_code | zero_due)),
            decoded.eq(Mux(is_code, 0, byte)),
            self.end.eq(valid & (byte == 0) & (place != 0)),
            self.good.eq(
                self.end
                & (place == code_place)
                & (count >= 8)
                & (count <= LONGEST)
                & ~spoiled
                & (checksum == Cat(early, late))
            ),
        ]
        with m.If(valid & (byte == 0)):
            m.d.sync += [place.eq(0), code_place.eq(0), zero_due.eq(0), count.eq(0)]
            m.d.sync += [checksum.eq(0xFFFF)]
            with m.If(place != 0):
                m.d.sync += spoiled.eq(0)
        with m.Elif(valid):
            m.d.sync += place.eq(place + 1)
            with m.If(is_code):
                m.d.sync += [code_place.eq(place + byte), zero_due.eq(byte != 255)]
        with m.If(there):
            m.d.sync += [count.eq(count + 1), late.eq(decoded), early.eq(late)]
            with m.If(count >= 2):
                m.d.sync += checksum.eq(checksum_step(checksum, early))
            for at in range(10):
                with m.If(count == at):
                    m.d.sync += self.history[8 * at : 8 * at + 8].eq(decoded)
            with m.If(~self.room):
                m.d.sync += spoiled.eq(1)
        with m.If(broken):
            m.d.sync += spoiled.eq(1)


class DeframerProof(Elaboratable):
    """The deframer holds a frame exactly when the judge has found it good."""

    def __init__(self, covering=False):
        self.valid, self.byte, self.broken = Signal(), Signal(8), Signal()
        self.release = Signal()
        self.sync, self.covering = ClockDomain("sync", reset_less=True), covering

    def elaborate(self, platform):
        m = Module()
        m.domains.sync = self.sync
        m.submodules.dut = dut = Deframer()
        held = Signal(2)
        judge = Judge(m, self.valid, self.byte, self.broken)
        m.d.comb += [
            dut.encoded.valid.eq(self.valid),
            dut.encoded.payload.eq(self.byte),
            dut.broken.eq(self.broken),
            dut.release.eq(self.release),
            judge.room.eq(held != 2),
            Assume(dut.pending | ~self.release),
            # Three free bits a byte keep the solver's work short, and still make every mistake.
            Assume(self.byte[3:] == 0),
        ]
        m.d.sync += held.eq(held + judge.good - self.release)
        if self.covering:
            m.d.comb += Cover(held == 2)
        else:
            m.d.comb += [
                Assert(dut.pending == (held != 0)),
                Assert(~(dut.crc_error | dut.frame_error) | judge.end),
                Assert(~judge.end | (judge.good ^ dut.crc_error ^ dut.frame_error)),
            ]
        return m

    @property
    def ports(self):
        return [self.sync.clk, self.valid, self.byte, self.broken, self.release]


def test_no_frame_but_a_good_one_is_held_and_every_good_one_is(prove):
    proof = DeframerProof()
    prove(proof, depth=13, ports=proof.ports)


def test_the_proof_reaches_two_frames_at_once(prove):
    proof = DeframerProof(covering=True)
    prove(proof, depth=24, mode="cover", ports=proof.ports)
