"""AN and ABN codes: sums that are multiples of a factor, so that a remainder names the error.

======  =====================================================================
symbol  name
======  =====================================================================
A       factor that corrects, see `ohmloom_analog.an_factor`
B       factor that notices wrong corrections, 1 for none
p       shift of a code within the sum: a code off by one is an error +-2^p
======  =====================================================================
"""

from dataclasses import dataclass
from typing import Self

from amaranth.hdl import Cat, Module, Mux, Signal, signed, unsigned
from amaranth.lib import data, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from ohmloom_analog.an_factor import DETECTION, error_table, shifts
from ohmloom_analog.spec import ChipSpec

__all__ = ["AnCode", "AnDecoder", "AnWord"]


@dataclass(frozen=True, kw_only=True, slots=True)
class AnWord:
    """What a sum stands for."""

    value: int
    """The sum without the factor; rounded down if `failed`."""
    fixed: bool
    """One code was off by one, and that is taken back."""
    failed: bool
    """More was wrong than can be taken back."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AnCode:
    """The code of a chip.

    Raises
    ------
    ValueError
        Where two errors leave the same remainder.
    """

    factor: int
    """A."""
    positions: tuple[int, ...]
    """Shifts p of the codes that can be wrong."""
    detection: int = 1
    """B."""

    def __post_init__(self) -> None:
        """Check."""
        if error_table(self.factor, self.positions) is None:
            msg = f"factor must tell {len(self.positions)} positions apart, not be {self.factor}"
            raise ValueError(msg)

    @classmethod
    def of(cls, spec: ChipSpec) -> Self:
        """Return the code of a chip.

        Raises
        ------
        ValueError
            Where it has none.
        """
        if spec.defence.an == "none":
            msg = f"chip '{spec.name}' must have ecc.an, not none"
            raise ValueError(msg)
        detection = DETECTION if spec.defence.an == "abn" else 1
        positions = shifts(
            spec.weight_slices * spec.cell_bits,
            cell_bits=spec.cell_bits,
            input_slices=spec.input.slices,
            input_slice_bits=spec.input.slice_bits,
        )
        factor = spec.weight_factor // detection
        return cls(factor=factor, positions=positions, detection=detection)

    @property
    def errors(self) -> dict[int, int]:
        """Error that each remainder stands for."""
        table = error_table(self.factor, self.positions)
        assert table is not None
        return table

    def encode(self, value: int) -> int:
        """Return the codeword."""
        return value * self.factor * self.detection

    def decode(self, total: int) -> AnWord:
        """Return what a sum stands for."""
        remainder = total % self.factor
        error = self.errors.get(remainder, 0) if remainder else 0
        right = (total - error) // self.factor
        failed = bool(remainder and not error) or right % self.detection != 0
        return AnWord(
            value=right // self.detection, fixed=bool(error) and not failed, failed=failed
        )

    def lift(self, width: int) -> int:
        """Return a word whose codeword makes every signed sum of some width positive."""
        factor = self.factor * self.detection
        return 1 << max(0, width - factor.bit_length() + 1)

    def divided_bits(self, width: int) -> int:
        """Return the bits of what is divided, for signed sums of some width."""
        return (self.encode(self.lift(width)) + (1 << width)).bit_length()

    def shortest(self, width: int) -> int:
        """Return for how many clock cycles a decoder is busy with a codeword."""
        return (2 if self.detection > 1 else 1) * (self.divided_bits(width) + 1)

    def create(self, width: int) -> "AnDecoder":
        """Return a decoder of signed sums of some width."""
        return AnDecoder(self, width)


class AnDecoder(wiring.Component):
    """Decode one sum at a time, a bit a cycle.

    Negative sums are made positive first, by a codeword that is larger than any of them.

    Parameters
    ----------
    code
        The code; the arithmetic is that of its `decode`.
    width
        Bits of a sum, sign included.
    """

    start: Signal
    """One cycle: decode `total`."""
    total: Signal
    """The sum, valid with `start`."""
    busy: Signal
    """High from the cycle after `start`."""
    value: Signal
    """The sum without the factor, when not busy."""
    fixed: Signal
    """A code was off by one, when not busy."""
    failed: Signal
    """More was wrong, when not busy."""

    def __init__(self, code: AnCode, width: int) -> None:
        self._code, self._width = code, width
        self._lift, self._bits = code.lift(width), code.divided_bits(width)
        super().__init__(
            {
                "start": In(1),
                "total": In(signed(width)),
                "busy": Out(1),
                "value": Out(signed(width)),
                "fixed": Out(1),
                "failed": Out(1),
            }
        )

    @property
    def longest(self) -> int:
        """Clock cycles that `busy` is high for at most."""
        return (3 if self._code.detection > 1 else 2) * (self._bits + 1) + 3

    def elaborate(self, platform: object) -> Module:
        """Build one divider by constants and the table of errors."""
        code, bits, m = self._code, self._bits, Module()
        entry = data.StructLayout({"known": 1, "negative": 1, "position": range(max(2, bits))})
        table = [entry.const({"known": 0, "negative": 0, "position": 0})] * code.factor
        for remainder, error in code.errors.items():
            table[remainder] = entry.const(
                {"known": 1, "negative": error < 0, "position": abs(error).bit_length() - 1}
            )
        errors: Memory = Memory(shape=entry, depth=code.factor, init=table)
        m.submodules.errors = errors
        looked = errors.read_port()
        widest = max(code.factor, code.detection)
        kept, work = Signal(bits), Signal(bits)
        rest = Signal(range(2 * widest))
        again, last = Signal(), Signal()
        count = Signal(range(bits + 1))
        divisor = Mux(last, code.detection, code.factor)
        shifted = Signal(range(4 * widest))
        fits = Signal()
        m.d.comb += [
            shifted.eq(Cat(work[-1], rest)),
            fits.eq(shifted >= divisor),
            looked.addr.eq(rest),
            self.value.eq((work - self._lift)[: self._width].as_signed()),
        ]
        lift = code.encode(self._lift)
        with m.FSM():
            with m.State("IDLE"), m.If(self.start):
                m.d.sync += [
                    kept.eq(self.total + lift),
                    work.eq(self.total + lift),
                    self.busy.eq(1),
                    self.fixed.eq(0),
                    self.failed.eq(0),
                    again.eq(0),
                    last.eq(0),
                    rest.eq(0),
                    count.eq(0),
                ]
                m.next = "DIVIDE"
            with m.State("DIVIDE"):
                m.d.sync += [
                    work.eq(Cat(fits, work)),
                    rest.eq(Mux(fits, shifted - divisor, shifted)),
                    count.eq(count + 1),
                ]
                with m.If(count == bits - 1):
                    m.next = "DIVIDED"
            with m.State("DIVIDED"):
                m.d.sync += count.eq(0)
                with m.If(last):
                    m.d.sync += [self.failed.eq(self.failed | (rest != 0)), self.busy.eq(0)]
                    with m.If(rest != 0):
                        m.d.sync += self.fixed.eq(0)
                    m.next = "IDLE"
                with m.Elif((rest != 0) & ~again):
                    m.next = "LOOK"
                with m.Else():
                    self._divided(m, last=last, rest=rest)
            with m.State("LOOK"):
                self._look(m, looked.data, kept=kept, work=work, again=again, last=last, rest=rest)
        return m

    def _divided(self, m: Module, *, last: Signal, rest: Signal) -> None:
        """Go on without the factor A."""
        if self._code.detection > 1:
            m.d.sync += [last.eq(1), rest.eq(0)]
            m.next = "DIVIDE"
        else:
            m.d.sync += self.busy.eq(0)
            m.next = "IDLE"

    def _look(
        self,
        m: Module,
        found: data.View,
        *,
        kept: Signal,
        work: Signal,
        again: Signal,
        last: Signal,
        rest: Signal,
    ) -> None:
        """Take the error back that a remainder stands for, if it is known."""
        size = Signal(unsigned(self._bits))
        m.d.comb += size.eq(1 << found.position)
        with m.If(found.known):
            m.d.sync += [
                work.eq(kept + Mux(found.negative, size, -size)),
                rest.eq(0),
                self.fixed.eq(1),
                again.eq(1),
            ]
            m.next = "DIVIDE"
        with m.Else():
            m.d.sync += self.failed.eq(1)
            self._divided(m, last=last, rest=rest)
