"""The array port: the one boundary between integers and volts.

Before it everything is exact; behind it stands an array with its converters, be it a SPICE-level
model, a board's converter chips, a twin in the FPGA or a macro. A transaction on the port:

1. `levels` change, and keep still until the last conversion that reads them is done.
2. After the settle time, `start` is high for one cycle, with `op` and `select` valid; both keep
   still until `done`.
3. After a time of its own the array raises `done` for one cycle, with `codes` and `over_range`
   valid; these keep still until the next `start`.

A chip that writes its cells has more on the port, see `ArrayPort`. Its word lines are then at
code 0, and one cell at a time is selected by `row` and `line`, the reference line being the last:

* A *verify* read is a `start` with `op` VERIFY: the array puts the read voltage of the highest code
  on `row` alone, and converts `line` in the range of one cell, without the reference line's
  current. The code is that of converter 0, at most 12 bits of it.
* A pulse: `rails` rises with `op`, `row`, `line`, `drive`, `gate` and `width` valid, which all keep
  still until `rails` falls. After the rail time `pulse` is high for exactly `width` cycles, and
  after the discharge time `rails` falls. There is no `start` and no `done`. Where a job is cut
  off, `rails` and `pulse` fall at once, and `drive`, `gate` and `width` go to 0 with them.

A chip with transposed reads has `line_levels` on the port besides, the codes of its bit lines. They
are at 0 but in such a read, in which the word lines are at code 0:

* A *transposed* read is a `start` with `op` TRANSPOSED, after `line_levels` have settled as
  `levels` do in a read. Word lines are converted in the place of bit lines, and shared by the
  converters as bit lines are; `codes` and `over_range` are as wide as the larger number of
  converters.

The next `start` may follow in the cycle after `done`. Converter `a` serves the lines
`a * columns_per_adc + select`; a converter without such a line gives a code without meaning.
"""

from amaranth.lib import enum, wiring
from amaranth.lib.wiring import In, Out

from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.write_spec import CODE_BITS

__all__ = ["ArrayOp", "ArrayPort", "row_converters", "select_bits"]


class ArrayOp(enum.Enum, shape=3):
    """What a `start` asks of the array."""

    READ = 0
    """Convert the selected lines."""
    SET = 1
    """Raise the conductance of the selected cell."""
    RESET = 2
    """Lower the conductance of the selected cell."""
    FORM = 3
    """Form the selected cell for the first time."""
    VERIFY = 4
    """Convert the selected cell by itself, in its own range."""
    TRANSPOSED = 5
    """Convert the selected word lines, with the bit lines driven."""


def row_converters(spec: ChipSpec) -> int:
    """Return how many converters a transposed read takes."""
    return -(-spec.rows // spec.adc.columns_per_adc)


def select_bits(spec: ChipSpec, *, transposed: bool = False) -> int:
    """Return the width of `select`: enough for the lines that share a converter."""
    lines = max(spec.lines, spec.rows) if transposed else spec.lines
    return max(1, (min(spec.adc.columns_per_adc, lines) - 1).bit_length())


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

    Of a chip that writes its cells there are besides:

    ==============  =======  =====================================================================
    name            driven   meaning
    ==============  =======  =====================================================================
    ``row``         digital  word line of the selected cell
    ``line``        digital  bit line of the selected cell; the reference line is the last
    ``drive``       digital  code of the voltage between its lines, in a pulse
    ``rails``       digital  the voltages of a pulse are switched on
    ``pulse``       digital  they stand on the lines of the cell
    ==============  =======  =====================================================================

    And of a chip with transposed reads:

    ===============  =======  ====================================================================
    name             driven   meaning
    ===============  =======  ====================================================================
    ``line_levels``  digital  DAC codes of all bit lines but the reference line, line 0 in the low
                              bits
    ===============  =======  ====================================================================
    """

    def __init__(self, spec: ChipSpec, *, writes: bool = False, transposes: bool = False) -> None:
        driven = {"line_levels": Out(spec.lines * spec.input.slice_bits)} if transposes else {}
        converters = max(spec.adcs, row_converters(spec)) if transposes else spec.adcs
        selected = {
            "row": Out(range(max(2, spec.rows))),
            "line": Out(range(spec.lines + 1)),
            "drive": Out(CODE_BITS),
            "rails": Out(1),
            "pulse": Out(1),
        }
        super().__init__(
            {
                "levels": Out(spec.rows * spec.input.slice_bits),
                "op": Out(ArrayOp),
                "gate": Out(CODE_BITS),
                "width": Out(16),
                "select": Out(select_bits(spec, transposed=transposes)),
                "start": Out(1),
                "done": In(1),
                "codes": In(converters * spec.adc.bits),
                "over_range": In(converters),
                **(selected if writes else {}),
                **driven,
            }
        )
