"""What the executor does on the bus and answers, whatever frames are held for it.

With `test_frames`, which has the way of a frame to here, this covers the link but for the CRC and
the sending of replies, which are tested by themselves. The deframer's place is taken by a memory of
free contents, and by a strobe with a verdict that is free.

The claims are proven by induction, so for any number of frames and any waiting. They alone don't
say which states of the executor belong together; `Insight` does, and is proven along with them.
"""

import pytest
from amaranth.hdl import (
    Assert,
    Assume,
    ClockDomain,
    Cover,
    Elaboratable,
    Fragment,
    Module,
    Mux,
    Signal,
    signed,
)
from amaranth.lib import data

from ohmloom_hw.executor import Executor

WORDS = 2
"""Payload of the longest frame here."""

HEADER = data.StructLayout({"sequence": 8, "command": 8, "address": 24, "count": 8})
FRAME = data.StructLayout({"header": HEADER, "payload": data.ArrayLayout(32, WORDS)})
KEY = data.StructLayout({"sequence": 8, "length": 8, "checksum": 16})
READ, WRITE = 1, 2
OK, BUS_ERROR, BAD_REQUEST = 0, 1, 2
MOST = 60


def implies(m, cause, *effects):
    m.d.comb += [Assert(~cause | effect) for effect in effects]


class FrameStore:
    """Frames that come whenever they like, say what they like, and are good or not."""

    def __init__(self):
        self.arrives = Signal()
        self.good = Signal()
        self.contents = Signal(FRAME.size)
        self.contents_length = Signal(8)
        self.contents_checksum = Signal(16)
        self.beyond = Signal(8)
        self.pending = Signal()
        self.shown = self.pending
        self.frame = Signal(FRAME)
        self.byte = Signal(8)
        self.length = Signal(8)
        self.checksum = Signal(16)

    def add(self, m, dut):
        m.d.comb += [
            dut.pending.eq(self.shown),
            dut.length.eq(self.length),
            dut.checksum.eq(self.checksum),
            dut.byte.eq(self.byte),
            Assume((self.contents_length >= 6) & (self.contents_length <= 6 + 4 * WORDS)),
            Assume(~self.arrives | ~self.pending),
        ]
        m.d.sync += self.byte.eq(self.at(dut.address))
        with m.If(self.arrives & self.good):
            m.d.sync += [
                self.pending.eq(1),
                self.frame.as_value().eq(self.contents),
                self.length.eq(self.contents_length),
                self.checksum.eq(self.contents_checksum),
            ]
        with m.If(dut.release):
            m.d.sync += self.pending.eq(0)

    def at(self, address):
        """Return the byte at an address of the frame, anything at one past it."""
        byte = self.beyond
        for place in range(FRAME.size // 8):
            byte = Mux(address == place, self.frame.as_value()[8 * place : 8 * place + 8], byte)
        return byte

    @property
    def ports(self):
        whole = [self.contents, self.contents_length, self.contents_checksum]
        return [self.arrives, self.good, *whole, self.beyond]


class Account:
    """What the frame that is shown asks for, and what has been seen of it."""

    def __init__(self):
        self.before = Signal(KEY)
        self.any_before = Signal()
        self.key = Signal(KEY)
        self.same = Signal()
        self.proper = Signal()
        self.writes = Signal()
        self.accesses = Signal(8)
        self.refused = Signal()
        self.read = Signal(32)
        self.begun = Signal()
        self.sent = Signal(9)
        self.kept = Signal()
        self.quiet = Signal(5)
        self.busy = Signal()
        self.taken = Signal()
        self.byte = Signal(8)
        self.due = Signal(9)

    def add(self, m, dut, store):
        header, bus, key = store.frame.header, dut.bus, self.key
        payload = Mux(self.writes, header.count << 2, 0)
        same = self.any_before & (key.as_value() == self.before.as_value())
        m.d.comb += [
            key.sequence.eq(header.sequence),
            key.length.eq(store.length),
            key.checksum.eq(store.checksum),
            self.same.eq(same & (header.sequence != 0)),
            self.writes.eq(header.command == WRITE),
            self.proper.eq(
                (self.writes | (header.command == READ))
                & (header.count >= 1)
                & (header.count <= MOST)
                & (store.length == 6 + payload)
            ),
            dut.reply_busy.eq(self.busy),
        ]
        with m.If(dut.reply_commit | dut.repeat):
            m.d.sync += self.busy.eq(1)
        with m.Elif(self.taken):
            m.d.sync += self.busy.eq(0)
        with m.If(dut.release):
            m.d.sync += [self.before.eq(key), self.any_before.eq(1)]
            m.d.sync += [self.accesses.eq(0), self.refused.eq(0), self.begun.eq(0)]
        with m.Elif(bus.stb & bus.ack):
            m.d.sync += [self.accesses.eq(self.accesses + 1), self.read.eq(bus.r_data)]
            m.d.sync += self.refused.eq(bus.err)
        with m.If(dut.reply_begin):
            m.d.sync += [self.sent.eq(0), self.begun.eq(1), self.kept.eq(0)]
        with m.Elif(dut.reply_en):
            m.d.sync += [self.sent.eq(self.sent + 1), self.kept.eq(0)]
        with m.Elif(dut.reply_commit):
            m.d.sync += self.kept.eq(1)
        seen = dut.reply_en | (bus.stb & bus.ack) | dut.release
        with m.If(~store.pending | self.busy | seen):
            m.d.sync += self.quiet.eq(0)
        with m.Elif(~bus.stb):
            m.d.sync += self.quiet.eq(self.quiet + 1)
        self._reply(m, header)

    def _reply(self, m, header):
        """Work out the byte of the reply that is due, and the number of its bytes."""
        status = Signal(8)
        count = Signal(8)
        word = Signal(32)
        with m.If(~self.proper):
            m.d.comb += status.eq(BAD_REQUEST)
        with m.Elif(self.refused):
            m.d.comb += [status.eq(BUS_ERROR), count.eq(1), word.eq(self.address(header, 1))]
        with m.Else():
            m.d.comb += [count.eq(Mux(self.writes, 0, header.count)), word.eq(self.read)]
        with m.Switch(self.sent):
            with m.Case(0):
                m.d.comb += self.byte.eq(header.sequence)
            with m.Case(1):
                m.d.comb += self.byte.eq(status)
            with m.Case(2):
                m.d.comb += self.byte.eq(count)
            with m.Default():
                m.d.comb += self.byte.eq(word.word_select((self.sent + 1)[:2], 8))
        self.word = word
        m.d.comb += self.due.eq(3 + (count << 2))

    def address(self, header, back=0):
        """Return the address of the access that comes next, or of the one before it."""
        return (header.address + ((self.accesses - back) << 2))[:24]


class Claims:
    """What holds of the executor, seen from outside."""

    def __init__(self, m, dut, store, account):
        self._of_the_bus(m, dut.bus, store, account)
        self._of_replies(m, dut, store, account)

    def _of_the_bus(self, m, bus, store, account):
        frame = store.frame
        waited = Signal()
        address = Signal(24)
        word = Signal(32)
        write = Signal()
        m.d.sync += [
            waited.eq(bus.stb & ~bus.ack),
            address.eq(bus.addr),
            word.eq(bus.w_data),
            write.eq(bus.write),
        ]
        implies(
            m,
            bus.stb,
            store.pending & account.proper & ~account.same,
            ~account.refused,
            account.accesses < frame.header.count,
            bus.write == account.writes,
            bus.addr == account.address(frame.header),
        )
        implies(m, bus.stb & bus.write, bus.w_data == frame.payload[account.accesses[:1]])
        held = (bus.addr == address) & (bus.w_data == word) & (bus.write == write)
        implies(m, waited, bus.stb & held)

    def _of_replies(self, m, dut, store, account):
        header = store.frame.header
        writes = dut.reply_begin | dut.reply_en | dut.reply_commit
        ended = Mux(account.refused, 1, account.accesses == header.count)
        m.d.comb += [
            # Each frame ends by one reply, new or kept.
            Assert(dut.release == (dut.reply_commit | dut.repeat)),
            Assert(~(dut.reply_commit & dut.repeat)),
            Assert(account.quiet <= 15),
        ]
        implies(m, writes | dut.repeat, store.pending & ~account.busy)
        implies(m, writes, ~account.same)
        implies(m, dut.repeat, account.same & account.kept & (account.accesses == 0))
        implies(
            m,
            dut.reply_commit,
            account.begun & (account.sent == account.due),
            Mux(account.proper, ended, account.accesses == 0),
        )
        implies(
            m,
            dut.reply_en,
            account.begun,
            account.sent < account.due,
            dut.reply_byte == account.byte,
        )


class Insight:
    """What holds within the executor, state by state; without it induction doesn't close."""

    def __init__(self, m, dut, fsm, store, account):
        self.dut, self.account, self.store = dut, account, store
        self.header, self.frame = dut._header, store.frame
        at = {name: fsm.ongoing(name) for name in fsm.encoding}
        self.left, self.words = dut._bytes_left, dut._words_left
        last = dut._last.as_value()
        started = Signal()
        m.d.comb += started.eq(~(at["IDLE"] | at["ASK_HEADER"] | at["TAKE_HEADER"] | at["CHECK"]))
        m.d.comb += Assert(fsm.state < len(fsm.encoding))
        implies(m, ~at["IDLE"], store.pending & ~account.busy)
        implies(m, store.pending, (store.length >= 6) & (store.length <= 6 + 4 * WORDS))
        implies(
            m,
            ~started,
            (account.accesses == 0) & ~account.refused & ~account.begun,
            account.kept | ~account.any_before,
            last == Mux(account.any_before, account.before.as_value(), 0),
        )
        implies(m, at["IDLE"], account.quiet == 0)
        implies(m, at["TAKE_HEADER"] | at["TAKE_WORD"], store.byte == store.at(dut.address))
        self.of_the_header(m, at)
        implies(
            m,
            started,
            ~account.same & account.begun,
            last == account.key.as_value(),
            (self.header.sequence == self.frame.header.sequence)
            & (self.header.command == self.frame.header.command)
            & (self.header.count == self.frame.header.count),
            dut._status == Mux(account.proper, Mux(account.refused, BUS_ERROR, OK), BAD_REQUEST),
            ~account.refused | account.proper,
            account.accesses <= Mux(account.proper, self.frame.header.count, 0),
            ~account.refused | (account.accesses != 0),
        )
        self.of_replies(m, at)
        self.of_words(m, at)

    def of_the_header(self, m, at):
        taken = self.dut.address
        whole = self.frame.header.as_value()
        taking = at["ASK_HEADER"] | at["TAKE_HEADER"]
        implies(
            m,
            taking,
            (self.left >= 1) & (taken + self.left == 6),
            self.account.quiet == 1 + (taken << 1) + at["TAKE_HEADER"],
        )
        for place in range(1, 6):
            known = self.header.as_value()[8 * (6 - place) :]
            implies(m, taking & (taken == place), known == whole[: 8 * place])
        implies(
            m,
            at["CHECK"],
            self.header.as_value() == whole,
            (taken == 6) & (self.account.quiet == 13),
        )

    def of_replies(self, m, at):
        dut, account, left = self.dut, self.account, self.left
        count = self.frame.header.count
        remaining = Signal(signed(10))
        m.d.comb += remaining.eq(count - account.accesses)
        head = at["REPLY_HEADER"]
        low = Signal(24)
        m.d.comb += low.eq(
            self.frame.header.sequence
            | (dut._status << 8)
            | (Mux(account.proper, Mux(account.refused, 1, Mux(account.writes, 0, count)), 0) << 16)
        )
        implies(
            m,
            head,
            (left >= 1) & (left <= 3) & (account.sent + left == 3),
            (account.accesses == 0) | account.refused,
            account.quiet <= 14,
        )
        for place in range(3):
            implies(m, head & (left == 3 - place), dut._word[: 24 - 8 * place] == low[8 * place :])
        before = self.header.address == account.address(self.frame.header, 1)
        now = self.header.address == account.address(self.frame.header)
        implies(m, head, Mux(account.refused, before, now))
        implies(m, head & account.proper & ~account.refused, self.words == remaining)
        word = at["REPLY_WORD"]
        implies(
            m,
            word,
            account.proper & (account.accesses != 0) & before,
            (left >= 1) & (left <= 4),
            account.refused | ~account.writes,
            self.words == Mux(account.refused, 1, remaining + 1),
            account.sent + left == Mux(account.refused, 7, 3 + (account.accesses << 2)),
            account.quiet == 0,
        )
        for place in range(4):
            implies(
                m,
                word & (left == 4 - place),
                dut._word[: 32 - 8 * place] == account.word[8 * place :],
            )
        implies(
            m,
            at["DONE"],
            account.sent == account.due,
            Mux(account.proper, account.refused | (remaining == 0), account.accesses == 0),
        )
        going = at["ASK_WORD"] | at["TAKE_WORD"] | at["BUS"]
        implies(
            m,
            going,
            account.proper & ~account.refused & now,
            (self.words == remaining) & (remaining >= 1),
            account.sent == 3 + Mux(account.writes, 0, account.accesses << 2),
        )

    def of_words(self, m, at):
        dut, account, left = self.dut, self.account, self.left
        asking = at["ASK_WORD"] | at["TAKE_WORD"]
        place = account.accesses << 2
        payload = self.frame.payload[account.accesses[:1]]
        implies(m, at["REPLY_HEADER"] & account.writes & (account.accesses == 0), dut.address == 6)
        implies(
            m,
            asking,
            account.writes & (left >= 1) & (left <= 4),
            dut.address + left == 10 + place,
            account.quiet == ((4 - left) << 1) + at["TAKE_WORD"],
        )
        for taken in range(1, 4):
            known = dut._word[8 * (4 - taken) :]
            implies(m, asking & (left == 4 - taken), known == payload[: 8 * taken])
        implies(
            m,
            at["BUS"],
            account.quiet <= 8,
            ~account.writes | (dut._word == payload),
            ~account.writes | (dut.address == 10 + place),
        )


class ExecutorProof(Elaboratable):
    """An executor between free frames and a free bus."""

    def __init__(self, dut=Executor, store=FrameStore, insight=False, prompt=False, covering=False):
        self.sync = ClockDomain("sync", reset_less=True)
        self.insight, self.prompt, self.covering = insight, prompt, covering
        self.dut = dut()
        self.store, self.account = store(), Account()
        self.bus = Signal(name="ack"), Signal(name="err"), Signal(32, name="r_data")

    def elaborate(self, platform):
        m = Module()
        m.domains.sync = self.sync
        dut, store, account = self.dut, self.store, self.account
        m.submodules.dut = inside = Fragment.get(dut, platform)
        store.add(m, dut)
        account.add(m, dut, store)
        ack, err, r_data = self.bus
        m.d.comb += [
            dut.bus.ack.eq(ack),
            dut.bus.err.eq(err),
            dut.bus.r_data.eq(r_data),
            Assume(dut.bus.stb | ~ack),
        ]
        if self.prompt:
            # One order of events and short numbers are enough to reach a thing, and leave little to
            # try.
            contents = data.View(FRAME, store.contents)
            m.d.comb += [
                Assume(ack == dut.bus.stb),
                Assume(store.arrives == ~store.pending),
                Assume(store.good),
                Assume(account.taken),
                Assume(contents.header.sequence < 4),
                Assume(contents.header.command < 4),
                Assume(contents.header.address < 64),
                Assume(contents.header.count < 4),
                Assume(store.contents_checksum < 4),
                Assume(r_data < 4),
            ]
            m.d.comb += [Assume(word < 4) for word in contents.payload]
        if self.covering:
            self.cover(m)
        else:
            Claims(m, dut, store, account)
        if self.insight:
            Insight(m, dut, inside.find_generated("fsm"), store, account)
        return m

    def cover(self, m):
        dut, account = self.dut, self.account
        ended = Signal(2)
        with m.If(dut.release & (ended != 3)):
            m.d.sync += ended.eq(ended + 1)
        commit, done = dut.reply_commit, account.proper & ~account.refused
        for reached in (
            commit & done & account.writes & (account.accesses == 2),
            commit & done & ~account.writes & (account.accesses == 2),
            commit & account.refused,
            commit & ~account.proper,
            dut.repeat & account.proper & account.writes,
            commit & (ended == 1) & (account.accesses == 1),
        ):
            m.d.comb += Cover(reached)

    @property
    def ports(self):
        return [self.sync.clk, *self.store.ports, self.account.taken, *self.bus]


class BlindStore(FrameStore):
    """A store that shows frames whatever the verdict is."""

    def __init__(self):
        super().__init__()
        self.shown = Signal()

    def add(self, m, dut):
        super().add(m, dut)
        bad = Signal()
        m.d.comb += self.shown.eq(self.pending | bad)
        with m.If(self.arrives):
            m.d.sync += bad.eq(~self.good)


class Forgetful(Executor):
    """An executor that doesn't know its last frame again."""

    def _check(self, m, writing):
        super()._check(m, writing)
        m.d.sync += self._last.sequence.eq(0)


class Restless(Executor):
    """An executor that asks the bus once more."""

    def _access(self, m, writing):
        super()._access(m, writing)
        with m.If(self.bus.ack):
            m.next = "BUS"


class Unmoved(Executor):
    """An executor that keeps to the first address."""

    def _advance(self, m, then):
        super()._advance(m, then)
        m.d.sync += self._header.address.eq(self._header.address)


class Silent(Executor):
    """An executor that doesn't say that a reply begins."""

    def _begin_reply(self, m, status, count):
        super()._begin_reply(m, status, count)
        m.d.comb += self.reply_begin.eq(0)


@pytest.mark.guarantee("G10", "bad-frames")
@pytest.mark.guarantee("G10", "once")
def test_bus_and_replies_are_those_of_the_frames(prove):
    proof = ExecutorProof(insight=True)
    prove(proof, depth=2, mode="prove", ports=proof.ports)


@pytest.mark.guarantee("G10", "bad-frames")
@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"store": BlindStore, "prompt": False}, id="frames of any verdict"),
        pytest.param({"dut": Forgetful}, id="repeats carried out"),
        pytest.param({"dut": Restless}, id="one access too many"),
        pytest.param({"dut": Unmoved}, id="one address"),
        pytest.param({"dut": Silent}, id="no beginning"),
    ],
)
def test_the_proof_finds_the_fault(wrong, refute):
    proof = ExecutorProof(**{"prompt": True, **wrong})
    refute(proof, depth=50, ports=proof.ports)


@pytest.mark.guarantee("G10", "bad-frames")
def test_the_proof_reaches_every_outcome(prove):
    proof = ExecutorProof(prompt=True, covering=True)
    prove(proof, depth=50, mode="cover", ports=proof.ports)
