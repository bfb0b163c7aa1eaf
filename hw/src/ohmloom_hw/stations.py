"""The stations of a core's datapath, so that what is added to it can be handed all of them."""

from dataclasses import dataclass

from ohmloom_hw.activation import Argmax
from ohmloom_hw.buffers import CalibrationTable, InputBuffer, StepTable, WordBuffer
from ohmloom_hw.columns import ColumnPass
from ohmloom_hw.conversion import Conversion
from ohmloom_hw.formatter import InputFormatter
from ohmloom_hw.place_maps import PlaceMaps
from ohmloom_hw.sequencer import Sequencer
from ohmloom_hw.shift_add import ShiftAdd

__all__ = ["Stations"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Stations:
    """The stations, in the order of the loop."""

    inputs: InputBuffer
    """What layers take."""
    steps: StepTable
    """What is run."""
    sequencer: Sequencer
    """What runs it."""
    formatter: InputFormatter
    """One slice of each input at a time."""
    conversion: Conversion
    """Lines take turns at the converters."""
    shift_add: ShiftAdd
    """From codes to sums of columns."""
    columns: ColumnPass
    """The pass over the columns."""
    calibration: CalibrationTable
    """Offset and gain of each column."""
    biases: WordBuffer
    """Bias of each output."""
    results: WordBuffer
    """What the last layer gives."""
    argmax: Argmax
    """Which of it is largest."""
    maps: PlaceMaps | None
    """Columns and rows in other places, where the chip has such."""
