"""Shift-and-add: from the codes of lines and slices to one sum a column."""

from amaranth.hdl import Module, Mux, Signal, Value, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from ohmloom_analog.codes import line_roles
from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.conversion import sample_layout
from ohmloom_hw.corrected_memory import build_memory, is_protected
from ohmloom_hw.register_model import power_of_two

__all__ = ["ShiftAdd"]


class ShiftAdd(wiring.Component):
    """Add codes, shifted by their weight and input slice, into the sums of their columns.

    A table holds each line's column, shift and sign; it is made of the same `line_roles` by which
    the cells are written. One sample is taken a cycle. With maps, the column of the table is the
    physical one, for which a map gives the logical one, or none.
    """

    samples: stream.Interface
    """Converted lines; always ready."""
    piece: Signal
    """Input slice of the samples, least significant first."""
    negative: Signal
    """Whether the samples stem from the negative parts of the inputs."""
    half: Signal
    """With reissue: the samples are of the upper half of the slice."""
    clear: Signal
    """Set the sum of `column` to zero, in this cycle; not while samples are taken."""
    column: Signal
    """Column to clear or to read."""
    total: Signal
    """Sum of `column` a cycle later; not while samples are taken."""
    w_en: Signal
    """With an arithmetic code: set the sum of `column`; not while samples are taken."""
    w_total: Signal
    """With an arithmetic code: to this."""
    busy: Signal
    """High for `latency` cycles after each sample."""
    physical: Signal
    """With maps: physical column of a sample."""
    logical: Signal
    """With maps: logical column to which its code is added, a cycle later."""
    used: Signal
    """With maps: whether it is added at all, a cycle later."""
    clipped: Signal
    """With maps or reissue: one cycle for each sample that is added and was out of range."""
    clipped_column: Signal
    """With reissue: the logical column of that sample."""

    def __init__(self, spec: ChipSpec, *, maps: bool = False) -> None:
        self._spec, self._maps = spec, maps
        self.sums = build_memory(
            protected=is_protected(spec),
            shape=signed(spec.accumulator_bits),
            depth=max(2, spec.columns),
            transparent=True,
        )
        column = range(max(2, spec.columns))
        self._decodes = spec.defence.an != "none"
        decoded = {"w_en": In(1), "w_total": In(signed(spec.accumulator_bits))}
        mapped = {"physical": Out(column), "logical": In(column), "used": In(1), "clipped": Out(1)}
        reissuing = {"half": In(1), "clipped": Out(1), "clipped_column": Out(column)}
        self._reissues = spec.defence.reissue
        super().__init__(
            {
                "samples": In(stream.Signature(sample_layout(spec))),
                "piece": In(range(max(2, spec.input.slices))),
                "negative": In(1),
                "clear": In(1),
                "column": In(column),
                "total": Out(signed(spec.accumulator_bits)),
                "busy": Out(1),
                **(mapped if maps else {}),
                **(decoded if self._decodes else {}),
                **(reissuing if self._reissues else {}),
            }
        )

    @property
    def latency(self) -> int:
        """Clock cycles from a sample to its presence in the sum."""
        return 3 if self._maps else 2

    def elaborate(self, platform: object) -> Module:
        """Build the role table, the shifter and the memory of sums."""
        spec, m = self._spec, Module()
        role_layout = data.StructLayout(
            {
                "column": range(max(2, spec.columns)),
                "piece": range(max(2, spec.weight_slices)),
                "negative": 1,
            }
        )
        roles: Memory = Memory(
            shape=role_layout,
            # Between conversions a line beyond the last may be looked up; a simulator would give
            # unknown bits for it, which then reach the counters of columns.
            depth=max(2, power_of_two(spec.lines)),
            init=[
                role_layout.const(
                    {
                        "column": role.column,
                        "piece": (role.shift - spec.adc_shift) // spec.cell_bits,
                        "negative": role.negative,
                    }
                )
                for role in line_roles(spec)
            ],
        )
        m.submodules.roles = roles
        role_port = roles.read_port()
        m.submodules.sums = sums = self.sums
        write_port = sums.write_port()
        read_port = sums.read_port(transparent_for=(write_port,))

        sample, role = self.samples.payload, role_port.data
        code = Signal(spec.adc.bits)
        minus, looked_up, adding = Signal(), Signal(), Signal()
        most = spec.cell_bits * (spec.weight_slices - 1)
        most += spec.input.slice_bits * (spec.input.slices - 1)
        if self._reissues:
            most += spec.input.half_bits
        amount = Signal(range(max(2, most + 1)))
        addend = Signal(signed(spec.accumulator_bits))
        shown, column, held = code, role.column, looked_up
        found: Value = looked_up
        if self._maps:
            shown, role, found, held = self._look(m, code, role, looked_up)
            column = self.logical
        if self._reissues:
            self._attribute(m, looked_up, column)
        m.d.comb += [
            self.samples.ready.eq(1),
            role_port.addr.eq(sample.line),
            amount.eq(role.piece * spec.cell_bits + self._input_shift),
            self.busy.eq(looked_up | held | adding if self._maps else looked_up | adding),
        ]
        m.d.sync += [
            looked_up.eq(self.samples.valid),
            code.eq(sample.code),
            adding.eq(found),
            addend.eq((shown << amount) << spec.adc_shift),
            minus.eq(role.negative ^ self.negative),
        ]
        setting: Value = adding | self.clear
        given: Value | int = 0
        if self._decodes:
            setting, given = adding | self.clear | self.w_en, Mux(self.clear, 0, self.w_total)
        written = Signal.like(read_port.addr)
        m.d.sync += written.eq(column)
        m.d.comb += [
            read_port.addr.eq(Mux(found, column, self.column)),
            write_port.addr.eq(Mux(adding, written, self.column)),
            write_port.en.eq(setting),
            write_port.data.eq(Mux(adding, read_port.data + Mux(minus, -addend, addend), given)),
            self.total.eq(read_port.data),
        ]
        return m

    @property
    def _input_shift(self) -> Value:
        """How far the slice of the samples is shifted, and its half."""
        shift = self.piece * self._spec.input.slice_bits
        if not self._reissues:
            return shift
        return shift + Mux(self.half, self._spec.input.half_bits, 0)

    def _attribute(self, m: Module, looked_up: Signal, column: Value) -> None:
        """Tell of which column a sample is that was out of range; with maps that is known."""
        m.d.comb += self.clipped_column.eq(column)
        if not self._maps:
            over_range = Signal(name="out_of_range")
            m.d.sync += over_range.eq(self.samples.payload.over_range)
            m.d.comb += self.clipped.eq(looked_up & over_range)

    def _look(
        self, m: Module, code: Signal, role: data.View, looked_up: Signal
    ) -> tuple[Signal, data.View, Value, Signal]:
        """Hold a sample while its column is looked up.

        Returns
        -------
        code, role
            Of the sample, a cycle later.
        counts
            It is there, and its column is used.
        there
            It is there.
        """
        over_range, clipped, there = Signal(), Signal(), Signal()
        late_code, late_role = Signal.like(code), Signal.like(role)
        m.d.comb += [self.physical.eq(role.column), self.clipped.eq(there & self.used & clipped)]
        m.d.sync += [
            over_range.eq(self.samples.payload.over_range),
            clipped.eq(over_range),
            late_code.eq(code),
            late_role.eq(role),
            there.eq(looked_up),
        ]
        return late_code, late_role, there & self.used, there
