"""Whatever comes over the line, only whole frames with the right checksum reach the bus."""

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
from ohmloom_hw.executor import Executor

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


class LinkProof(Elaboratable):
    """The executor touches the bus for the frame that is shown and no other, and writes its word.

    The frame under proof is the first good one; what comes before and after it is free. Within the
    bound a read runs to its end; a write would need half as much again, for which the solver takes
    hours, so that writes rest on the fuzzer.
    """

    def __init__(self, covering=False):
        self.valid, self.byte, self.broken = Signal(), Signal(8), Signal()
        self.ack, self.err, self.busy = Signal(), Signal(), Signal()
        self.sync, self.covering = ClockDomain("sync", reset_less=True), covering

    def elaborate(self, platform):
        m = Module()
        m.domains.sync = self.sync
        m.submodules.deframer = deframer = Deframer()
        m.submodules.executor = executor = Executor()
        judge = Judge(m, self.valid, self.byte, self.broken)
        found, frame, length = Signal(), Signal(80), Signal(12)
        released, accesses = Signal(), Signal(8)
        m.d.comb += [
            deframer.encoded.valid.eq(self.valid),
            deframer.encoded.payload.eq(self.byte),
            deframer.broken.eq(self.broken),
            executor.pending.eq(deframer.pending),
            executor.length.eq(deframer.length),
            executor.checksum.eq(deframer.checksum),
            deframer.address.eq(executor.address),
            executor.byte.eq(deframer.byte),
            deframer.release.eq(executor.release),
            executor.reply_busy.eq(self.busy),
            executor.bus.ack.eq(self.ack),
            executor.bus.err.eq(self.err),
            judge.room.eq(1),
            Assume(executor.bus.stb | ~self.ack),
            Assume(self.byte[3:] == 0),
        ]
        with m.If(judge.good & ~found):
            m.d.sync += [found.eq(1), frame.eq(judge.history), length.eq(judge.bytes)]
        bus = executor.bus
        command, address = frame[8:16], frame[16:40]
        count, word = frame[40:48], frame[48:80]
        first = found & ~released
        with m.If(executor.release):
            m.d.sync += released.eq(1)
        with m.If(self.ack):
            m.d.sync += accesses.eq(accesses + 1)
        if self.covering:
            m.d.comb += Cover(bus.stb & self.ack)
            return m
        m.d.comb += Assert(found | ~bus.stb)
        with m.If(first & bus.stb):
            m.d.comb += [
                Assert((command == 1) | (command == 2)),
                Assert(bus.write == (command == 2)),
                Assert(bus.addr == (address + 4 * accesses)[:24]),
                Assert(accesses < count),
                Assert(length == Mux(bus.write, 8 + 4 * count, 8)),
                Assert(~bus.write | (accesses != 0) | (bus.w_data == word)),
            ]
        with m.If(first & executor.release & executor.reply_commit):
            m.d.comb += Assert(
                (accesses == count)
                | (self.last_refused(m, bus))
                | ((command != 1) & (command != 2))
                | (count == 0)
                | (count > 60)
                | (length != Mux(command == 2, 8 + 4 * count, 8))
            )
        return m

    def last_refused(self, m, bus):
        refused = Signal()
        with m.If(bus.stb & self.ack & self.err):
            m.d.sync += refused.eq(1)
        return refused

    @property
    def ports(self):
        return [self.sync.clk, self.valid, self.byte, self.broken, self.ack, self.err, self.busy]


def test_no_frame_but_a_good_one_is_held_and_every_good_one_is(prove):
    proof = DeframerProof()
    prove(proof, depth=13, ports=proof.ports)


def test_the_proof_reaches_two_frames_at_once(prove):
    proof = DeframerProof(covering=True)
    prove(proof, depth=24, mode="cover", ports=proof.ports)


def test_bus_is_touched_only_as_a_good_frame_says(prove):
    proof = LinkProof()
    prove(proof, depth=30, ports=proof.ports)


def test_that_proof_reaches_an_access(prove):
    proof = LinkProof(covering=True)
    prove(proof, depth=30, mode="cover", ports=proof.ports)
