"""What a chip is built with to learn: the rule, and the part of a tile whose weights learn."""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from ohmloom_analog.spec_part import SpecPart

__all__ = ["LearningSpec", "RuleName"]

RuleName: TypeAlias = Literal["perceptron", "manhattan", "threshold", "stochastic", "stdp"]
"""The rules; `ohmloom_hw.learning.rules` says what each does."""


class LearningSpec(SpecPart):
    """The learning engine of a chip; a chip without one has no such section."""

    rule: RuleName = "perceptron"
    """How pulses follow from inputs and errors."""
    inputs: Annotated[int, Field(ge=2)] | None = None
    """Rows of weights that learn, from row 0 of the tile; None for all."""
    outputs: Annotated[int, Field(ge=2)] | None = None
    """Columns of weights that learn, from column 0 of the tile; None for all."""
    accumulator_bits: Annotated[int, Field(ge=2, le=32)] = 24
    """Bits of a weight's sum over a batch, sign included; of the Manhattan rule."""
    slots: Annotated[int, Field(ge=1, le=32)] = 32
    """Most slots of a sample in which rows and columns fire; of the stochastic rule."""
    transposed: bool = False
    """Whether errors are led back through the cells of a tile, for weights of hidden layers."""
