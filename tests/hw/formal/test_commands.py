"""What the executor does on the bus and answers, whatever frames are held for it.

With `test_frames`, which has the way of a frame to here, this covers the link from end to end. In
place of the deframer there is a memory of free contents, and a strobe with a verdict that is free.
"""

import pytest
from amaranth.hdl import Assert, Assume, ClockDomain, Cover, Elaboratable, Module, Mux, Signal
from amaranth.lib import data

from ohmloom_hw.executor import Executor

WORDS = 2
"""Payload of the longest frame here."""

FRAME = data.StructLayout(
    {"sequence": 8, "command": 8, "address": 24, "count": 8, "payload": 32 * WORDS}
)
KEY = data.StructLayout({"sequence": 8, "length": 8, "checksum": 16})
READ, WRITE = 1, 2
DONE, BUS_ERROR, BAD_REQUEST = 0, 1, 2
MOST = 60


class FrameStore:
    """Frames that come whenever they like, say what they like, and are good or not."""

    def __init__(self):
        self.arrives, self.good = Signal(), Signal()
        self.contents, self.length_in = Signal(FRAME.size), Signal(8)
        self.checksum_in, self.beyond = Signal(16), Signal(8)
        self.pending, self.frame = Signal(), Signal(FRAME)
        self.length, self.checksum = Signal(8), Signal(16)

    def add(self, m, dut):
        byte = Signal(8)
        m.d.comb += [
            dut.pending.eq(self.pending),
            dut.length.eq(self.length),
            dut.checksum.eq(self.checksum),
            dut.byte.eq(byte),
            Assume((self.length_in >= 6) & (self.length_in <= 6 + 4 * WORDS)),
            Assume(~self.arrives | ~self.pending),
        ]
        m.d.sync += byte.eq(
            Mux(
                dut.address < FRAME.size // 8,
                self.frame.as_value().word_select(dut.address[:4], 8),
                self.beyond,
            )
        )
        with m.If(self.arrives & self.good):
            m.d.sync += [
                self.pending.eq(1),
                self.frame.as_value().eq(self.contents),
                self.length.eq(self.length_in),
                self.checksum.eq(self.checksum_in),
            ]
        with m.If(dut.release):
            m.d.sync += self.pending.eq(0)

    @property
    def ports(self):
        whole = [self.contents, self.length_in, self.checksum_in]
        return [self.arrives, self.good, *whole, self.beyond]


class Account:
    """What has been seen of the frame that is shown, and what its reply must be."""

    def __init__(self):
        self.before = Signal(KEY)
        self.any_before = Signal()
        self.same, self.proper, self.writes = Signal(), Signal(), Signal()
        self.accesses, self.refused = Signal(8), Signal()
        self.read, self.sent = Signal(32), Signal(9)
        self.begun, self.kept, self.quiet = Signal(), Signal(), Signal(8)
        self.busy, self.taken = Signal(), Signal()

    def add(self, m, dut, store):
        frame, bus, key = store.frame, dut.bus, Signal(KEY)
        payload = Mux(self.writes, frame.count << 2, 0)
        m.d.comb += [
            key.sequence.eq(frame.sequence),
            key.length.eq(store.length),
            key.checksum.eq(store.checksum),
            self.same.eq(
                self.any_before & (frame.sequence != 0) & (key.as_value() == self.before.as_value())
            ),
            self.writes.eq(frame.command == WRITE),
            self.proper.eq(
                (self.writes | (frame.command == READ))
                & (frame.count >= 1)
                & (frame.count <= MOST)
                & (store.length == 6 + payload)
            ),
            dut.reply_busy.eq(self.busy),
        ]
        ended = dut.reply_commit | dut.repeat
        with m.If(ended):
            m.d.sync += self.busy.eq(1)
        with m.Elif(self.taken):
            m.d.sync += self.busy.eq(0)
        with m.If(dut.release):
            m.d.sync += [self.before.eq(key), self.any_before.eq(1)]
            m.d.sync += [self.accesses.eq(0), self.refused.eq(0), self.begun.eq(0)]
        with m.Elif(bus.stb & bus.ack):
            m.d.sync += self.accesses.eq(self.accesses + 1)
            m.d.sync += [self.refused.eq(bus.err), self.read.eq(bus.r_data)]
        with m.If(dut.reply_begin):
            m.d.sync += [self.sent.eq(0), self.begun.eq(1), self.kept.eq(0)]
        with m.Elif(dut.reply_en):
            m.d.sync += [self.sent.eq(self.sent + 1), self.kept.eq(0)]
        with m.If(dut.reply_commit):
            m.d.sync += self.kept.eq(1)
        seen = dut.reply_en | (bus.stb & bus.ack) | dut.release
        with m.If(~store.pending | self.busy | seen):
            m.d.sync += self.quiet.eq(0)
        with m.Elif(~bus.stb):
            m.d.sync += self.quiet.eq(self.quiet + 1)

    def reply(self, m, frame):
        """Return the byte of the reply that is due, and the number of its bytes."""
        status, count, word = Signal(8), Signal(8), Signal(32)
        with m.If(~self.proper):
            m.d.comb += status.eq(BAD_REQUEST)
        with m.Elif(self.refused):
            m.d.comb += [status.eq(BUS_ERROR), count.eq(1)]
            m.d.comb += word.eq((frame.address + ((self.accesses - 1) << 2))[:24])
        with m.Else():
            m.d.comb += [count.eq(Mux(self.writes, 0, frame.count)), word.eq(self.read)]
        byte = Signal(8)
        with m.Switch(self.sent):
            with m.Case(0):
                m.d.comb += byte.eq(frame.sequence)
            with m.Case(1):
                m.d.comb += byte.eq(status)
            with m.Case(2):
                m.d.comb += byte.eq(count)
            with m.Default():
                m.d.comb += byte.eq(word.word_select((self.sent + 1)[:2], 8))
        return byte, 3 + (count << 2)


class ExecutorProof(Elaboratable):
    """An executor between free frames and a free bus."""

    def __init__(self, dut=None, covering=False):
        self.sync, self.covering = ClockDomain("sync", reset_less=True), covering
        self.dut = dut or Executor()
        self.store, self.account = FrameStore(), Account()
        self.bus = Signal(name="ack"), Signal(name="err"), Signal(32, name="r_data")

    def elaborate(self, platform):
        m = Module()
        m.domains.sync = self.sync
        m.submodules.dut = dut = self.dut
        store = self.store
        store.add(m, dut)
        account = self.account
        account.add(m, dut, store)
        ack, err, r_data = self.bus
        m.d.comb += [
            dut.bus.ack.eq(ack),
            dut.bus.err.eq(err),
            dut.bus.r_data.eq(r_data),
            Assume(dut.bus.stb | ~ack),
        ]
        if self.covering:
            self.cover(m)
        else:
            self.check_bus(m)
            self.check_reply(m)
        return m

    def check_bus(self, m):
        bus, store, account = self.dut.bus, self.store, self.account
        frame = store.frame
        m.d.comb += [
            Assert(~bus.stb | (store.pending & account.proper & ~account.same)),
            Assert(~bus.stb | ((account.accesses < frame.count) & ~account.refused)),
            Assert(~bus.stb | (bus.write == account.writes)),
            Assert(~bus.stb | (bus.addr == (frame.address + (account.accesses << 2))[:24])),
            Assert(
                ~(bus.stb & bus.write)
                | (bus.w_data == frame.payload.word_select(account.accesses[:1], 32))
            ),
        ]
        waits = Signal()
        m.d.sync += waits.eq(bus.stb & ~bus.ack)
        m.d.comb += Assert(~waits | bus.stb)

    def check_reply(self, m):
        dut, store, account = self.dut, self.store, self.account
        byte, length = account.reply(m, store.frame)
        whole = Mux(account.refused, account.accesses <= store.frame.count, account.accesses == store.frame.count)
        writes = dut.reply_begin | dut.reply_en | dut.reply_commit
        m.d.comb += [
            Assert(dut.release == (dut.reply_commit ^ dut.repeat)),
            Assert(~(dut.reply_commit & dut.repeat)),
            Assert(~(writes | dut.repeat) | (store.pending & ~account.busy)),
            Assert(~writes | ~account.same),
            Assert(~dut.repeat | (account.same & account.kept & (account.accesses == 0))),
            Assert(~dut.reply_commit | (account.begun & (account.sent == length))),
            Assert(~dut.reply_commit | Mux(account.proper, whole, account.accesses == 0)),
            # A reply that has been begun as a good one can be begun anew as that of an error.
            Assert(~dut.reply_en | (account.sent < length)),
            Assert(~dut.reply_en | (dut.reply_byte == byte)),
            Assert(account.quiet <= 15),
        ]

    def cover(self, m):
        dut, account, bus = self.dut, self.account, self.dut.bus
        ended = Signal(2)
        with m.If(dut.release & (ended != 3)):
            m.d.sync += ended.eq(ended + 1)
        commit = dut.reply_commit
        for reached in (
            commit & account.writes & (account.accesses == 1) & ~account.refused,
            commit & account.writes & (account.accesses == 2) & ~account.refused,
            commit & ~account.writes & account.proper & ~account.refused,
            commit & account.refused,
            commit & ~account.proper,
            dut.repeat & account.writes & account.proper,
            commit & (ended == 1) & (account.accesses == 1),
        ):
            m.d.comb += Cover(reached)

    @property
    def ports(self):
        return [self.sync.clk, *self.store.ports, self.account.taken, *self.bus]


def test_bus_and_replies_are_those_of_the_frames(prove):
    proof = ExecutorProof()
    prove(proof, depth=45, ports=proof.ports)


def test_the_proof_reaches(prove):
    proof = ExecutorProof(covering=True)
    prove(proof, depth=60, mode="cover", ports=proof.ports)
