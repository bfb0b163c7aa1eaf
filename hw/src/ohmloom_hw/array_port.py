"""The array port: the one boundary between integers and volts.

Before it everything is exact; behind it stands an array with its converters, be it a SPICE-level
model, a board's converter chips, a twin in the FPGA or a macro. A transaction on the port:

1. `levels` change, and keep still until the last conversion that reads them is done.
2. After the settle time, `start` is high for one cycle, with `op` and `select` valid; both keep
   still until `done`.
3. After a time of its own the array raises `done` for one cycle, with `codes` and `over_range`
   valid; these keep still until the next `start`.

The next `start` may follow in the cycle after `done`. Converter `a` serves the lines
`a * columns_per_adc + select`; a converter without such a line gives a code without meaning.
"""

from amaranth.lib import enum, wiring
from amaranth.lib.wiring import In, Out

from ohmloom_analog.spec import ChipSpec

__all__ = ["ArrayOp", "ArrayPort", "select_bits"]


class ArrayOp(enum.Enum, shape=2):
    """What a `start` asks of the array."""

    READ = 0
    """Convert the selected lines."""
    SET = 1
    """Raise the conductance of the selected cell."""
    RESET = 2
    """Lower the conductance of the selected cell."""
    FORM = 3
    """Form the selected cell for the first time."""


def select_bits(spec: ChipSpec) -> int:
    """Return the width of `select`: enough for the lines that share a converter."""
    return max(1, (min(spec.adc.columns_per_adc, spec.lines) - 1).bit_length())


class ArrayPort(wiring.Signature):
    """Signals of one tile, seen from the digital side.

    ==============  =======  =====================================================================
    name            driven   meaning
    ==============  =======  =====================================================================
    ``levels``      digital  DAC codes of all word lines, row 0 in the low bits
    ``op``          digital  an `ArrayOp`
    ``gate``        digital  code of the select transistors' gate line; 0 is the read voltage
    ``width``       digital  length of a pulse, in clock cycles; 0 for a read
    ``select``      digital  which of the lines that share a converter is meant
    ``start``       digital  one cycle: do `op`
    ``done``        array    one cycle: `op` has been done
    ``codes``       array    one ADC code a converter, converter 0 in the low bits
    ``over_range``  array    one bit a converter: the code was clipped
    ==============  =======  =====================================================================
    """

    def __init__(self, spec: ChipSpec) -> None:
        super().__init__(
            {
                "levels": Out(spec.rows * spec.input.slice_bits),
                "op": Out(ArrayOp),
                "gate": Out(12),
                "width": Out(16),
                "select": Out(select_bits(spec)),
                "start": Out(1),
                "done": In(1),
                "codes": In(spec.adcs * spec.adc.bits),
                "over_range": In(spec.adcs),
            }
        )
