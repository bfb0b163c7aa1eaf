"""Integer arithmetic of the encodings: what is stored, what is driven, how it is put together.

One object holds the arithmetic; the mapping writes cells by it, the gateware is built from it.
Nothing here imports more than the spec: a weight, an input and a code are plain integers.
"""

from dataclasses import dataclass

from ohmloom_analog.spec import ChipSpec

__all__ = ["NO_SCALE", "LineRole", "Requantiser", "cell_codes", "input_slices", "line_roles"]


@dataclass(frozen=True, kw_only=True, slots=True)
class LineRole:
    """What one bit line contributes."""

    column: int
    """Logical column that the line belongs to."""
    shift: int
    """Left shift of the line's codes: ADC step and weight slice together."""
    negative: bool
    """Whether the line's codes are subtracted."""


def line_roles(spec: ChipSpec) -> tuple[LineRole, ...]:
    """Return the role of each converted bit line of a tile, in order of position.

    The lines of a column are neighbours: least significant slice first, and in a differential
    pair the positive line before the negative.
    """
    signs = (False, True) if spec.encoding == "diff_pair" else (False,)
    shifts = [spec.adc_shift + spec.cell_bits * piece for piece in range(spec.weight_slices)]
    return tuple(
        LineRole(column=column, shift=shift, negative=negative)
        for column in range(spec.columns)
        for shift in shifts
        for negative in signs
    )


def cell_codes(spec: ChipSpec, weight: int) -> tuple[int, ...]:
    """Split a weight into the levels of its cells, in the order of `line_roles`.

    Raises
    ------
    ValueError
        Where the weight is outside `ChipSpec.weight_range`.
    """
    low, high = spec.weight_range
    if not low <= weight <= high:
        msg = f"weight must be in [{low}, {high}], not {weight}"
        raise ValueError(msg)
    mask = (1 << spec.cell_bits) - 1
    if spec.encoding == "diff_pair":
        sides: tuple[int, ...] = (max(weight, 0), max(-weight, 0))
    else:
        sides = (weight + spec.weight_offset,)
    factor = spec.weight_factor
    return tuple(
        (side * factor >> (spec.cell_bits * piece)) & mask
        for piece in range(spec.weight_slices)
        for side in sides
    )


def input_slices(spec: ChipSpec, value: int) -> tuple[int, ...]:
    """Split the magnitude of an input into DAC codes, least significant slice first."""
    mask = (1 << spec.input.slice_bits) - 1
    return tuple(
        (abs(value) >> (spec.input.slice_bits * piece)) & mask for piece in range(spec.input.slices)
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Requantiser:
    """The scale from a layer's sum to the next layer's input: (z * multiplier) >> shift, rounded.

    Half a unit is added before the shift, so a tie goes up.
    """

    multiplier: int
    """Unsigned, below 2^16."""
    shift: int
    """From 0 to 63."""

    def __post_init__(self) -> None:
        """Check the bounds that the registers set."""
        if not 0 <= self.multiplier < 1 << 16:
            msg = f"multiplier must be in [0, 65535], not {self.multiplier}"
            raise ValueError(msg)
        if not 0 <= self.shift < 1 << 6:
            msg = f"shift must be in [0, 63], not {self.shift}"
            raise ValueError(msg)

    @classmethod
    def of(cls, scale: float) -> "Requantiser":
        """Return the requantiser nearest to a scale, to one part in 2^15.

        Raises
        ------
        ValueError
            Where the scale is outside [2^-48, 2^15].
        """
        if not 2.0**-48 <= scale <= 2.0**15:
            msg = f"scale must be in [2^-48, 2^15], not {scale!r}"
            raise ValueError(msg)
        shift = 0
        while scale * 2.0**shift < 1 << 14 and shift < 63:
            shift += 1
        return cls(multiplier=min(round(scale * 2.0**shift), (1 << 16) - 1), shift=shift)

    def apply(self, value: int) -> int:
        """Return the scaled value, not yet clipped."""
        half = (1 << self.shift) >> 1
        return (value * self.multiplier + half) >> self.shift


NO_SCALE = Requantiser(multiplier=0, shift=0)
"""That of a step whose totals aren't scaled."""
