"""Shift-and-add: from the codes of lines and slices to one sum a column."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from ohmloom_analog.codes import line_roles
from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.conversion import sample_layout

__all__ = ["ShiftAdd"]


class ShiftAdd(wiring.Component):
    """Add codes, shifted by their weight and input slice, into the sums of their columns.

    A table holds each line's column, shift and sign; it is made of the same `line_roles` by which
    the cells are written. One sample is taken a cycle.
    """

    samples: stream.Interface
    """Converted lines; always ready."""
    piece: Signal
    """Input slice of the samples, least significant first."""
    negative: Signal
    """Whether the samples stem from the negative parts of the inputs."""
    clear: Signal
    """Set the sum of `column` to zero, in this cycle; not while samples are taken."""
    column: Signal
    """Column to clear or to read."""
    total: Signal
    """Sum of `column` a cycle later; not while samples are taken."""
    busy: Signal
    """High for `latency` cycles after each sample."""

    latency = 2
    """Clock cycles from a sample to its presence in the sum."""

    def __init__(self, spec: ChipSpec) -> None:
        self._spec = spec
        super().__init__(
            {
                "samples": In(stream.Signature(sample_layout(spec))),
                "piece": In(range(max(2, spec.input.slices))),
                "negative": In(1),
                "clear": In(1),
                "column": In(range(max(2, spec.columns))),
                "total": Out(signed(spec.accumulator_bits)),
                "busy": Out(1),
            }
        )

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
            depth=max(2, spec.lines),
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
        sums: Memory = Memory(
            shape=signed(spec.accumulator_bits), depth=max(2, spec.columns), init=[]
        )
        m.submodules.sums = sums
        write_port = sums.write_port()
        read_port = sums.read_port(transparent_for=(write_port,))

        sample, role = self.samples.payload, role_port.data
        code = Signal(spec.adc.bits)
        minus, looked_up, adding = Signal(), Signal(), Signal()
        most = spec.cell_bits * (spec.weight_slices - 1)
        most += spec.input.slice_bits * (spec.input.slices - 1)
        amount = Signal(range(max(2, most + 1)))
        addend = Signal(signed(spec.accumulator_bits))
        m.d.comb += [
            self.samples.ready.eq(1),
            role_port.addr.eq(sample.line),
            amount.eq(role.piece * spec.cell_bits + self.piece * spec.input.slice_bits),
            self.busy.eq(looked_up | adding),
        ]
        m.d.sync += [
            looked_up.eq(self.samples.valid),
            code.eq(sample.code),
            adding.eq(looked_up),
            addend.eq((code << amount) << spec.adc_shift),
            minus.eq(role.negative ^ self.negative),
        ]
        written = Signal.like(read_port.addr)
        m.d.sync += written.eq(role.column)
        m.d.comb += [
            read_port.addr.eq(Mux(looked_up, role.column, self.column)),
            write_port.addr.eq(Mux(adding, written, self.column)),
            write_port.en.eq(adding | self.clear),
            write_port.data.eq(Mux(adding, read_port.data + Mux(minus, -addend, addend), 0)),
            self.total.eq(read_port.data),
        ]
        return m
