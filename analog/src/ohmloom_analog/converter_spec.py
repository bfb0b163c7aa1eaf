"""The converters of a chip: how numbers enter an array, and how its currents become codes."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from ohmloom_analog.spec_part import Finite, NotNegative, Positive, SpecPart

__all__ = ["AdcSpec", "DacSpec", "InputSpec", "TiaSpec"]


class InputSpec(SpecPart):
    """How numbers enter an array."""

    bits: Annotated[int, Field(ge=1, le=12)] = 8
    """Bits of an input's magnitude."""
    slice_bits: Annotated[int, Field(ge=1, le=12)] = 4
    """Bits v that the DAC takes at a time: 1 is bit-serial, `bits` is one parallel pass."""
    signed: bool = False
    """Whether inputs may be negative; positive and negative parts are then read in turn."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.slice_bits > self.bits:
            msg = f"slice_bits must be at most bits = {self.bits}, not {self.slice_bits}"
            raise ValueError(msg)
        return self

    @property
    def slices(self) -> int:
        """Passes that one input takes, least significant slice first."""
        return -(-self.bits // self.slice_bits)

    @property
    def half_bits(self) -> int:
        """Bits of the lower half of a slice, where a step is read in half slices."""
        return (self.slice_bits + 1) // 2

    @property
    def maximum(self) -> int:
        """Largest magnitude of an input."""
        return (1 << self.bits) - 1


class DacSpec(SpecPart):
    """The drivers of the word lines."""

    v_read: Positive = 0.2
    """Line voltage at the highest code of a slice [V]."""
    settle_time: NotNegative = 1e-6
    """From a change of the lines to a current that can be sampled [s]."""
    edge_time: Positive = 1e-9
    """From one level of a line to the next [s]."""
    offset: Finite = 0.0
    """Voltage at code 0 [V]."""
    gain_error: Annotated[float, Field(gt=-1, allow_inf_nan=False)] = 0.0
    """Relative error of the slope."""
    inl: Finite = 0.0
    """Integral non-linearity, a parabolic bow: deviation at mid-scale [LSB]."""
    noise: NotNegative = 0.0
    """Standard deviation of each line, drawn anew at each change [V]."""


class TiaSpec(SpecPart):
    """The transimpedance amplifiers that hold the bit lines at ground."""

    bandwidth: Positive = 20e6
    """Frequency of the one pole [Hz]."""
    offset: Finite = 0.0
    """Output offset, as a fraction of the ADC's full scale."""
    gain_error: Annotated[float, Field(gt=-1, allow_inf_nan=False)] = 0.0
    """Relative error of the transimpedance."""
    gain_spread: NotNegative = 0.0
    """Standard deviation of the gain error from line to line."""
    offset_spread: NotNegative = 0.0
    """Standard deviation of the offset from line to line, as a fraction of full scale."""
    noise: NotNegative = 0.0
    """Standard deviation of each sample, as a fraction of the ADC's full scale."""


class AdcSpec(SpecPart):
    """The converters at the bit lines, each shared by neighbouring lines."""

    bits: Annotated[int, Field(ge=1, le=16)] = 10
    """Bits of a code."""
    range: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Full scale, as a fraction of the largest current that a line can carry.

    The step between codes is then rounded up to a power of two of the unit current, so that
    shift-and-add stays exact; `ChipSpec.full_scale_current` is the range in ampere.
    """
    columns_per_adc: Annotated[int, Field(ge=1, le=512)] = 8
    """Bit lines that take turns at one converter."""
    conversion_time: Positive = 1e-6
    """From the start of a conversion to its code [s]."""
    offset: Finite = 0.0
    """Code at zero current [LSB]."""
    gain_error: Annotated[float, Field(gt=-1, allow_inf_nan=False)] = 0.0
    """Relative error of the slope."""
    inl: Finite = 0.0
    """Integral non-linearity, a parabolic bow: deviation at mid-scale [LSB]."""
    noise: NotNegative = 0.0
    """Standard deviation of each conversion, referred to the input [LSB]."""
