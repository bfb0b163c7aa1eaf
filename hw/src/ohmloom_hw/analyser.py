"""The logic analyser: records signals of the core in block RAM, around a trigger.

While it is armed each sample goes into a ring. The trigger counts once the ring holds as many
samples as are to be kept from before it; the ring is then filled up once and left as it is, the
sample of the trigger in the place after those.
"""

from typing import Any

from amaranth.hdl import C, Cat, Module, Signal, Value, unsigned
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out, connect

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.analyser_registers import TRIGGER_BITS, probes, sample_bits, words_per_sample
from ohmloom_hw.bus import WindowInterface, WindowSignature
from ohmloom_hw.csr import RegisterFile

__all__ = ["Analyser", "attach_analyser"]

_ATTRS: dict[str, Any] = {"ram_style": "block", "no_rw_check": 1}
_WORD_BITS = 32


class Analyser(wiring.Component):
    """Record samples.

    Parameters
    ----------
    bits
        Width of a sample.
    words
        Words of the window for each sample, a power of two.
    depth
        Number of samples, a power of two of at least 2.
    """

    sample: Signal
    """What is looked at."""
    arm: Signal
    """One cycle: begin."""
    force: Signal
    """One cycle: do as if the trigger had come."""
    mask: Signal
    """Bits that are compared."""
    value: Signal
    """What they must be."""
    before: Signal
    """Samples to keep from before the trigger."""
    period: Signal
    """Clock cycles from a sample to the next; 0 is taken for 1."""
    armed: Signal
    """Samples are being taken."""
    triggered: Signal
    """The trigger has come."""
    done: Signal
    """The recording is complete."""
    first: Signal
    """Place of the oldest sample."""
    window: WindowInterface
    """The host's side of the samples; they are read while none is taken."""

    def __init__(self, *, bits: int, words: int, depth: int) -> None:
        self._bits, self._words, self._depth = bits, words, depth
        super().__init__(
            {
                "sample": In(bits),
                "arm": In(1),
                "force": In(1),
                "mask": In(TRIGGER_BITS),
                "value": In(TRIGGER_BITS),
                "before": In(range(depth)),
                "period": In(16),
                "armed": Out(1),
                "triggered": Out(1),
                "done": Out(1),
                "first": Out(range(depth)),
                "window": In(WindowSignature(max(1, (depth * words - 1).bit_length()))),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the ring, the trigger and the host's side."""
        m = Module()
        memory: Memory = Memory(
            shape=unsigned(self._bits), depth=self._depth, init=[], attrs=_ATTRS
        )
        m.submodules.memory = memory
        read_port, write_port = memory.read_port(), memory.write_port()
        shift = self._words.bit_length() - 1
        chosen = Signal(range(max(2, self._words)))
        taken = Signal(self._bits)
        m.d.sync += [chosen.eq(self.window.addr[:shift] if shift else 0), taken.eq(self.sample)]
        m.d.comb += [
            read_port.addr.eq(self.window.addr >> shift),
            self.window.r_data.eq(read_port.data.word_select(chosen, _WORD_BITS)),
            write_port.addr.eq(self.first),
            write_port.data.eq(taken),
        ]
        self._record(m, taken, write_port)
        return m

    def _record(self, m: Module, taken: Signal, write_port: Any) -> None:
        kept = Signal(range(self._depth + 1))
        left = Signal(range(self._depth + 1))
        elapsed = Signal(16)
        ready, hit, tick = Signal(), Signal(), Signal()
        compared = taken[:TRIGGER_BITS]
        forced = Signal()
        m.d.comb += [
            ready.eq(self.armed & ~self.triggered & (kept >= self.before)),
            hit.eq(ready & (forced | (((compared ^ self.value) & self.mask) == 0))),
            tick.eq(self.armed & (hit | (elapsed + 1 >= self.period))),
            write_port.en.eq(tick),
        ]
        m.d.sync += [elapsed.eq(elapsed + 1), forced.eq(self.armed & (forced | self.force))]
        with m.If(tick):
            m.d.sync += [elapsed.eq(0), self.first.eq(self.first + 1)]
            with m.If(kept != self._depth):
                m.d.sync += kept.eq(kept + 1)
        with m.If(hit):
            m.d.sync += [self.triggered.eq(1), left.eq(self._depth - 1 - self.before)]
            with m.If(self.before == self._depth - 1):
                m.d.sync += [self.armed.eq(0), self.done.eq(1)]
        with m.Elif(self.triggered & tick):
            m.d.sync += left.eq(left - 1)
            with m.If(left == 1):
                m.d.sync += [self.armed.eq(0), self.done.eq(1)]
        with m.If(self.arm):
            m.d.sync += [
                self.armed.eq(1),
                self.triggered.eq(0),
                self.done.eq(0),
                kept.eq(0),
                elapsed.eq(0),
                self.first.eq(0),
            ]


def attach_analyser(
    m: Module, spec: ChipSpec, depth: int, signals: dict[str, Any], registers: RegisterFile
) -> None:
    """Build an analyser with its registers.

    Parameters
    ----------
    signals
        What each of the `probes` looks at, by its name.
    """
    m.submodules.analyser = analyser = Analyser(
        bits=sample_bits(spec), words=words_per_sample(spec), depth=depth
    )
    connect(m, registers.window_analyser, analyser.window)
    sample = [Value.cast(signals[probe.name]) for probe in probes(spec)]
    m.d.comb += [
        analyser.sample.eq(
            Cat(
                _fitted(value, probe.width)
                for value, probe in zip(sample, probes(spec), strict=True)
            )
        ),
        analyser.arm.eq(registers.w_analyser_ctrl.arm),
        analyser.force.eq(registers.w_analyser_ctrl.trigger),
        analyser.mask.eq(registers.w_analyser_mask),
        analyser.value.eq(registers.w_analyser_value),
        analyser.before.eq(registers.w_analyser_before),
        analyser.period.eq(registers.w_analyser_period),
        registers.r_analyser_status.armed.eq(analyser.armed),
        registers.r_analyser_status.triggered.eq(analyser.triggered),
        registers.r_analyser_status.done.eq(analyser.done),
        registers.r_analyser_status.first.eq(analyser.first),
    ]


def _fitted(value: Value, width: int) -> Value:
    return Cat(value[:width], C(0, max(0, width - len(value))))
