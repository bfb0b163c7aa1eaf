"""Memories of codewords: corrected as they are read, mended while nobody uses them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from amaranth.hdl import Cat, Module, Mux, Shape, ShapeLike, Signal, Value, unsigned
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.bus import WindowInterface
from ohmloom_hw.codes.secded import Secded

__all__ = [
    "FLIP_BITS",
    "CorrectedMemory",
    "ReadPort",
    "WritePort",
    "build_memory",
    "is_protected",
    "leave_idle",
    "mark_needed",
]

FLIP_BITS = 72
"""Width of the pattern that is injected; no codeword is wider."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadPort:
    """What is read; named as those of `amaranth.lib.memory`."""

    addr: Signal
    """Word that is read."""
    data: Any
    """That word, corrected, a cycle later."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WritePort:
    """What is written; named as those of `amaranth.lib.memory`."""

    addr: Signal
    """Word that is written."""
    data: Signal
    """What is written."""
    en: Signal
    """One bit a granule."""


class CorrectedMemory(wiring.Component):
    """A memory with one port to read and one to write, each granule a codeword of its own.

    What is read is corrected on its way, within the same cycle. While `idle` is high, `scrub`
    has the next word read, and written back in the next cycle where a bit of it was wrong, unless
    somebody uses the memory in that cycle.

    A word that is read in the cycle in which it is written isn't looked at, as memories differ in
    what they give then; unless the read port is transparent.

    Parameters
    ----------
    shape
        Of a word.
    depth
        Number of words, taken up to a power of two.
    init
        Words after power-up; 0 for those beyond.
    granularity
        Bits that are written together; None for a whole word.
    transparent
        Whether a word that is read while it is written is the new one.
    attrs
        Of the memory, for synthesis.
    """

    idle: Signal
    """Nobody uses the memory in this cycle."""
    scrub: Signal
    """One cycle: look at the next word, if idle."""
    flips: Signal
    """Bits of codewords that are turned round in the next write, if `armed`."""
    armed: Signal
    """The next write is wrong in `flips`."""
    injected: Signal
    """One cycle: it was."""
    fixed: Signal
    """One cycle: a wrong bit was corrected."""
    failed: Signal
    """One cycle: a word had two wrong bits."""
    moot: Signal
    """Nobody takes the word that is now read."""
    wrong: Signal
    """The word that is now read has two wrong bits, and is taken."""
    place: Signal
    """Word that `fixed` and `failed` are about."""

    def __init__(
        self,
        *,
        shape: ShapeLike,
        depth: int,
        init: Iterable[int] = (),
        granularity: int | None = None,
        transparent: bool = False,
        attrs: dict[str, Any] | None = None,
    ) -> None:
        self._shape = Shape.cast(shape)
        width = self._shape.width
        # A word beyond the last one would be unknown in simulation, and be called wrong.
        self.depth = depth = 1 << (depth - 1).bit_length()
        self._transparent, self._attrs = transparent, attrs
        granule = width if granularity is None else granularity
        self.codewords = width // granule
        self.code = Secded(data_bits=granule)
        mask = (1 << granule) - 1
        self._init = [
            sum(
                self.code.encode(word >> granule * part & mask) << self.code.code_bits * part
                for part in range(self.codewords)
            )
            for word in [*init, *[0] * depth][:depth]
        ]
        address = range(max(2, depth))
        self._read = ReadPort(addr=Signal(address), data=Signal(self._shape))
        self._write = WritePort(
            addr=Signal(address), data=Signal(self._shape), en=Signal(self.codewords)
        )
        super().__init__(
            {
                "idle": In(1),
                "scrub": In(1),
                "flips": In(FLIP_BITS),
                "armed": In(1),
                "injected": Out(1),
                "fixed": Out(1),
                "failed": Out(1),
                "moot": In(1),
                "wrong": Out(1),
                "place": Out(address),
            }
        )

    @property
    def code_bits(self) -> int:
        """Bits of a word as it is kept."""
        return self.code.code_bits * self.codewords

    def read_port(self, **_: object) -> ReadPort:
        """Return the one port to read."""
        return self._read

    def write_port(self, **_: object) -> WritePort:
        """Return the one port to write."""
        return self._write

    def elaborate(self, platform: object) -> Module:
        """Build the memory with encoders before it and decoders behind."""
        m = Module()
        bits, parts = self.code.code_bits, range(self.codewords)
        memory: Memory = Memory(
            shape=unsigned(self.code_bits), depth=self.depth, init=self._init, attrs=self._attrs
        )
        # Another name than that of its owner in the buffers, which lint would call hidden.
        m.submodules.words = memory
        write = memory.write_port(granularity=bits)
        read = memory.read_port(transparent_for=(write,) if self._transparent else ())
        fixed, failed = Signal(self.codewords), Signal(self.codewords)
        mended: list[Value] = []
        for part in parts:
            m.submodules[f"decoder_{part}"] = decoder = self.code.create()
            m.d.comb += [
                decoder.word.eq(read.data.word_select(part, bits)),
                fixed[part].eq(decoder.fixed),
                failed[part].eq(decoder.failed),
            ]
            mended.append(decoder.data)
        word = Cat(*mended)
        m.d.comb += self._read.data.eq(word)

        scrubbed, next_place = Signal(), Signal.like(self.place)
        scrubbing, mend = Signal(), Signal(self.codewords)
        user = self._write.en.any()
        m.d.comb += [
            scrubbing.eq(self.idle & self.scrub),
            read.addr.eq(Mux(scrubbing, next_place, self._read.addr)),
            # A word that can't be corrected keeps what it holds. Nobody may read it meanwhile:
            # with `no_rw_check`, what is read while it is written is not defined.
            mend.eq(Mux(scrubbed & self.idle & ~user, fixed & ~failed, 0)),
            self.injected.eq(self.armed & user),
        ]
        m.d.sync += scrubbed.eq(scrubbing)
        with m.If(scrubbing):
            m.d.sync += next_place.eq(Mux(next_place == self.depth - 1, 0, next_place + 1))
        data = Mux(user, self._write.data, word).as_unsigned()
        flips = self.flips[:bits] & self.injected.replicate(bits)
        m.d.comb += [
            write.addr.eq(Mux(user, self._write.addr, self.place)),
            write.en.eq(self._write.en | mend),
            write.data.eq(
                Cat(
                    self.code.encoded(data.word_select(part, self.code.data_bits)) ^ flips
                    for part in parts
                )
            ),
        ]
        self._notice(m, read.addr, write, fixed=fixed.any(), failed=failed.any())
        return m

    def _notice(
        self, m: Module, address: Signal, write: Any, *, fixed: Value, failed: Value
    ) -> None:
        """Tell of each wrong word once, when it comes to be read."""
        collided, settled = Signal(), Signal()
        was_fixed, was_failed = Signal(), Signal()
        looked = Signal()
        before = Signal.like(self.place)
        meets = write.en.any() & (write.addr == address)
        m.d.sync += [
            self.place.eq(address),
            collided.eq(0 if self._transparent else meets),
            settled.eq(1),
            before.eq(self.place),
            was_fixed.eq(looked & fixed),
            was_failed.eq(looked & failed),
        ]
        same = Signal()
        m.d.comb += [
            # Before the first clock edge nothing has been read.
            looked.eq(settled & ~collided),
            same.eq(self.place == before),
            self.wrong.eq(looked & failed & ~self.moot),
            self.fixed.eq(looked & fixed & ~failed & ~(same & was_fixed)),
            self.failed.eq(looked & failed & ~(same & was_failed)),
        ]


def build_memory(
    *,
    protected: bool,
    shape: ShapeLike,
    depth: int,
    init: Iterable[int] = (),
    granularity: int | None = None,
    transparent: bool = False,
    attrs: dict[str, Any] | None = None,
) -> Any:
    """Return a `CorrectedMemory`, or a plain memory where it isn't protected.

    Both have `read_port` and `write_port`; of the former there is one each, whatever the
    parameters, which are those of its constructor.
    """
    if not protected:
        return Memory(shape=shape, depth=depth, init=list(init), attrs=attrs or {})
    return CorrectedMemory(
        shape=shape,
        depth=depth,
        init=init,
        granularity=granularity,
        transparent=transparent,
        attrs=attrs,
    )


def is_protected(spec: ChipSpec) -> bool:
    """Return whether the memories of a chip are corrected."""
    return spec.defence.secded


def leave_idle(m: Module, memory: Any, window: WindowInterface, running: Value) -> None:
    """Let a memory be scrubbed while neither the host nor the datapath uses it, if it can be."""
    if isinstance(memory, CorrectedMemory):
        m.d.comb += memory.idle.eq(~(running | window.r_en | window.w_en))


def mark_needed(m: Module, memory: Any, needed: Value) -> None:
    """Tell when a memory's word is taken, if it is corrected.

    A read port shows some word at all times. One that a run leaves there and writes before it
    takes it must not end that run, or none could ever mend it.
    """
    if isinstance(memory, CorrectedMemory):
        m.d.comb += memory.moot.eq(~needed)
