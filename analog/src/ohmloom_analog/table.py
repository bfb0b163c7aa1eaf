"""The step table: what the sequencer on the chip runs, as plain integers.

A layer is one step a tile. The steps of the tiles that share a layer's output columns follow
each other; the first sets the totals, the last finishes them.
"""

from dataclasses import dataclass
from typing import Self

from ohmloom_analog.codes import NO_SCALE, Requantiser

__all__ = ["LayerTable", "Step"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One tile read out once."""

    tile: int
    """Index of the tile, and of its array port."""
    rows: int
    """Inputs that are driven; further word lines stay at code 0."""
    columns: int
    """Logical columns that are converted."""
    input_base: int
    """First entry of the input buffer that is driven."""
    output_base: int
    """First entry that is written: of the result buffer if `result`, else of the input buffer."""
    bias_base: int
    """First entry of the bias table; used by the step that finishes."""
    first: bool
    """Whether the totals start anew; else this tile's sums are added to them."""
    finish: bool
    """Whether the totals are complete: bias, scale, activation and store follow."""
    result: bool
    """Whether the totals go to the result buffer as they are, and into the argmax."""
    signed: bool
    """Whether inputs may be negative: their positive and negative parts are read in turn."""
    relu: bool
    """Whether negative sums are stored as zero; else they are stored with their sign."""
    scale: Requantiser
    """From the total to the next layer's input; without meaning if `result`."""
    fire: bool = False
    """Whether the totals of a spiking layer are complete: its neurons follow."""

    @classmethod
    def of_sums(
        cls,
        tile: int,
        *,
        rows: int,
        columns: int,
        input_base: int = 0,
        output_base: int = 0,
        signed: bool = False,
    ) -> Self:
        """Return the step that leaves a tile's sums in the result buffer, with the first biases."""
        return cls(
            tile=tile,
            rows=rows,
            columns=columns,
            input_base=input_base,
            output_base=output_base,
            bias_base=0,
            first=True,
            finish=True,
            result=True,
            signed=signed,
            relu=False,
            scale=NO_SCALE,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerTable:
    """All that the chip must hold to run a network, besides the cells."""

    steps: tuple[Step, ...]
    """In the order of execution."""
    biases: tuple[int, ...]
    """The bias table."""
    inputs: int
    """Entries of the input buffer, from 0, that the host writes."""
    outputs: int
    """Entries of the result buffer, from 0, that the host reads."""
