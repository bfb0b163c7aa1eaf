"""The parts of a chip description together, and the sizes that follow from them.

=============  ==========================================================  ========================
symbol         name                                                        unit
=============  ==========================================================  ========================
R              rows of a tile                                              1
C              logical columns of a tile                                   1
v              input bits of one slice                                     bit
w              bits of one cell                                            bit
P              weight bits, sign included                                  bit
S              weight slices: cells that one magnitude is spread over      1
k              ADC step, as a power of two of the unit current             1
I_u            unit current: one input LSB across one cell LSB             A
=============  ==========================================================  ========================
"""

import math
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from ohmloom_analog.an_factor import DETECTION, smallest_factor
from ohmloom_analog.array_spec import TileSpec
from ohmloom_analog.converter_spec import AdcSpec, DacSpec, InputSpec, TiaSpec
from ohmloom_analog.ecc_spec import NO_DEFENCE, EccSpec
from ohmloom_analog.learning_spec import LearningSpec
from ohmloom_analog.spec_part import SpecPart
from ohmloom_analog.spiking_spec import SpikingSpec

__all__ = ["ChipShape", "TechnologyName"]

TechnologyName: TypeAlias = Literal["lab", "isaac", "puma", "neurram"]

_GAIN_HEADROOM_BITS = 2


class ChipShape(SpecPart):
    """What a chip consists of, part by part; `ChipSpec` checks that they go together."""

    name: Annotated[str, Field(min_length=1, max_length=64)] = "chip"
    """A name for reports and files."""
    tile: Annotated[tuple[TileSpec, ...], Field(min_length=1)]
    """The tiles, group by group."""
    encoding: Literal["diff_pair", "offset_column"] = "diff_pair"
    """How a signed weight is stored: as a difference of two cells, or shifted to be positive."""
    weight_bits: Annotated[int, Field(ge=2, le=16)] = 5
    """Bits P of a weight, its sign included."""
    input: InputSpec = InputSpec()
    """How numbers enter."""
    dac: DacSpec = DacSpec()
    """The drivers of the word lines."""
    tia: TiaSpec = TiaSpec()
    """The amplifiers at the bit lines."""
    adc: AdcSpec = AdcSpec()
    """The converters at the bit lines."""
    ecc: EccSpec | None = None
    """What it does against errors; None for nothing."""
    learning: LearningSpec | None = None
    """How it learns in place; None where it doesn't."""
    spiking: SpikingSpec | None = None
    """What it is built with to run spiking networks; None for a chip that only multiplies."""
    spare_columns: Annotated[int, Field(ge=0, le=64)] = 0
    """Columns of each tile that no network is mapped to, for repair; the last ones at first."""
    spare_rows: Annotated[int, Field(ge=0, le=64)] = 0
    """Rows of each tile that no network is mapped to, for repair; the last ones at first."""
    activation: Literal["relu", "none"] = "relu"
    """What stands between layers when a model doesn't say."""
    technology: TechnologyName = "lab"
    """What its parts take: single circuits of the literature, or the table of a published chip."""
    clock: Annotated[float, Field(ge=1e5, le=1e9)] = 12e6
    """Clock of the digital side [Hz]."""
    baud: Annotated[int, Field(ge=300)] = 3_000_000
    """Rate of the serial link [bit/s]."""

    @property
    def tiles(self) -> int:
        """Number of tiles."""
        return sum(group.count for group in self.tile)

    @property
    def tile_specs(self) -> tuple[TileSpec, ...]:
        """One entry a tile, in the order of the array ports."""
        return tuple(group for group in self.tile for _ in range(group.count))

    @property
    def rows(self) -> int:
        """Rows R of each tile."""
        return self.tile[0].rows

    @property
    def columns(self) -> int:
        """Logical columns C of each tile."""
        return self.tile[0].columns

    @property
    def data_rows(self) -> int:
        """Rows of each tile that networks are mapped to: those that aren't spare."""
        return self.rows - self.spare_rows

    @property
    def data_columns(self) -> int:
        """Logical columns of each tile that networks are mapped to: neither spare nor reference."""
        return self.columns - self.spare_columns - self.reference_columns

    @property
    def reference_columns(self) -> int:
        """Logical columns of each tile that hold known cells, right after `data_columns`."""
        return self.defence.reference_columns

    @property
    def defence(self) -> EccSpec:
        """What it does against errors: `ecc`, or nothing where that is None."""
        return NO_DEFENCE if self.ecc is None else self.ecc

    @property
    def cell_bits(self) -> int:
        """Bits w of each cell."""
        return self.tile[0].cell.bits

    @property
    def weight_factor(self) -> int:
        """What weights are multiplied by before they are stored: A, or A B, of `an_factor`."""
        if self.defence.an == "none":
            return 1
        detection = DETECTION if self.defence.an == "abn" else 1
        return detection * smallest_factor(
            self._stored_maximum,
            cell_bits=self.cell_bits,
            input_slices=self.input.slices,
            input_slice_bits=self.input.slice_bits,
            detection=detection,
        )

    @property
    def _stored_maximum(self) -> int:
        bits = self.weight_bits - 1 if self.encoding == "diff_pair" else self.weight_bits
        return (1 << bits) - 1

    @property
    def weight_slices(self) -> int:
        """Cells S over which one stored magnitude is spread, least significant first."""
        stored = (self._stored_maximum * self.weight_factor).bit_length()
        return -(-stored // self.cell_bits)

    @property
    def lines_per_column(self) -> int:
        """Bit lines of one logical column."""
        return self.weight_slices * (2 if self.encoding == "diff_pair" else 1)

    @property
    def lines(self) -> int:
        """Bit lines of one tile that are converted; the reference line is one more."""
        return self.columns * self.lines_per_column

    @property
    def adcs(self) -> int:
        """Converters of one tile."""
        return -(-self.lines // self.adc.columns_per_adc)

    @property
    def weight_offset(self) -> int:
        """What is added to a weight before it is stored."""
        return 0 if self.encoding == "diff_pair" else 1 << (self.weight_bits - 1)

    @property
    def weight_range(self) -> tuple[int, int]:
        """Smallest and largest weight that can be stored."""
        top = (1 << (self.weight_bits - 1)) - 1
        return (-top if self.encoding == "diff_pair" else -top - 1), top

    @property
    def line_sum_maximum(self) -> int:
        """Largest current of a line, in unit currents: R (2^v - 1) (2^w - 1)."""
        return self.rows * ((1 << self.input.slice_bits) - 1) * ((1 << self.cell_bits) - 1)

    @property
    def adc_shift(self) -> int:
        """The k for which one ADC step is 2^k unit currents, the smallest that spans the range."""
        steps = self.adc.range * self.line_sum_maximum / self.code_maximum
        return max(0, math.ceil(math.log2(steps) - 1e-12))

    @property
    def code_maximum(self) -> int:
        """Highest ADC code."""
        return (1 << self.adc.bits) - 1

    def unit_current(self, tile: int = 0) -> float:
        """Return the current of one input LSB across one cell LSB in a tile [A]."""
        v_lsb = self.dac.v_read / ((1 << self.input.slice_bits) - 1)
        return v_lsb * self.tile_specs[tile].cell.g_step

    def full_scale_current(self, tile: int = 0) -> float:
        """Return the current of the highest ADC code in a tile [A]."""
        return self.unit_current(tile) * (self.code_maximum << self.adc_shift)

    @property
    def accumulator_bits(self) -> int:
        """Width of the signed sum of one tile and column, before calibration."""
        weight_sum = sum(1 << (self.cell_bits * s) for s in range(self.weight_slices))
        input_sum = sum(1 << (self.input.slice_bits * s) for s in range(self.input.slices))
        if self.defence.reissue:
            # In half slices each code may come twice, the second time shifted.
            input_sum *= 1 + (1 << self.input.half_bits)
        most = (self.code_maximum << self.adc_shift) * weight_sum * input_sum
        most += self.weight_offset * self.rows * self.input.maximum
        return most.bit_length() + 1

    @property
    def total_bits(self) -> int:
        """Width of the signed sum over tiles, after calibration and with the bias."""
        return self.accumulator_bits + _GAIN_HEADROOM_BITS + (self.tiles - 1).bit_length() + 1

    @property
    def entry_bits(self) -> int:
        """Width of an entry of the input buffer: 8 or 16, so that entries pack into words."""
        return 8 if self.input.bits + self.input.signed <= 8 else 16

    @property
    def input_entries(self) -> int:
        """Entries of the input buffer, which also holds what layers hand to each other."""
        return _power_of_two(max(8, self.tiles * (self.rows + self.columns)))

    @property
    def result_entries(self) -> int:
        """Entries of the result buffer and of the bias table."""
        return _power_of_two(max(2, self.tiles * self.columns))

    @property
    def step_entries(self) -> int:
        """Entries of the step table: each tile may be used twice."""
        return _power_of_two(2 * self.tiles)

    @property
    def settle_cycles(self) -> int:
        """Clock cycles from a change of the lines to the first conversion."""
        return max(1, math.ceil(self.dac.settle_time * self.clock - 1e-9))

    @property
    def conversion_cycles(self) -> int:
        """Clock cycles from the start of a conversion to its code."""
        return max(1, math.ceil(self.adc.conversion_time * self.clock - 1e-9))


def _power_of_two(at_least: int) -> int:
    return 1 << (at_least - 1).bit_length()
