"""Words of the windows, packed from numbers and back."""

from collections.abc import Sequence

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.calibration import UNIT_GAIN
from ohmloom_hw.registers import entries_per_word

__all__ = ["pack_calibration", "pack_entries", "to_signed", "to_word", "unpack_entries"]

_WORD_MASK = 0xFFFF_FFFF
_GAIN_LIMIT = 4


def to_word(value: int, bits: int, what: str) -> int:
    """Return the word of a signed number.

    Raises
    ------
    ValueError
        Where it doesn't fit `bits` bits, sign included.
    """
    top = 1 << (bits - 1)
    if not -top <= value < top:
        msg = f"{what} must be in [{-top}, {top - 1}], not {value}"
        raise ValueError(msg)
    return int(value) & _WORD_MASK


def to_signed(word: int, bits: int) -> int:
    """Return the signed number in the low bits of a word."""
    top = 1 << (bits - 1)
    return ((word & (2 * top - 1)) ^ top) - top


def pack_entries(spec: ChipSpec, values: Sequence[int]) -> list[int]:
    """Pack entries of the input buffer into words, the first in the low bits.

    Raises
    ------
    ValueError
        Where an entry is out of the range of inputs.
    """
    high = spec.input.maximum
    low = -high if spec.input.signed else 0
    for value in values:
        if not low <= value <= high:
            msg = f"input must be in [{low}, {high}], not {value}"
            raise ValueError(msg)
    lanes, mask = entries_per_word(spec), (1 << spec.entry_bits) - 1
    return [
        sum(
            (int(value) & mask) << (spec.entry_bits * lane)
            for lane, value in enumerate(values[start : start + lanes])
        )
        for start in range(0, len(values), lanes)
    ]


def unpack_entries(spec: ChipSpec, words: Sequence[int]) -> list[int]:
    """Return the entries in words of the input buffer, with sign where inputs have one."""
    bits = spec.entry_bits
    mask = (1 << bits) - 1
    entries = [
        (word >> (bits * lane)) & mask for word in words for lane in range(entries_per_word(spec))
    ]
    return [to_signed(entry, bits) for entry in entries] if spec.input.signed else entries


def pack_calibration(
    spec: ChipSpec, offsets: Sequence[Sequence[int]], gains: Sequence[Sequence[float]]
) -> list[int]:
    """Return the words of the calibration table: offset and gain of each column, tile by tile.

    Raises
    ------
    ValueError
        Where a shape isn't (tiles, columns), or a value is out of range.
    """
    for what, rows in (("offsets", offsets), ("gains", gains)):
        shape = (len(rows), *sorted({len(row) for row in rows}))
        if shape != (spec.tiles, spec.columns):
            msg = f"{what} must have shape {(spec.tiles, spec.columns)}, not {shape}"
            raise ValueError(msg)
    if spec.weight_factor > 1 and any(gain != 1 for row in gains for gain in row):
        msg = "gains must be 1 on a chip with ecc.an, whose sums are whole"
        raise ValueError(msg)
    words: list[int] = []
    for offset_row, gain_row in zip(offsets, gains, strict=True):
        for offset, gain in zip(offset_row, gain_row, strict=True):
            words += [to_word(offset, spec.accumulator_bits, "offset"), _gain(gain)]
    return words


def _gain(gain: float) -> int:
    if not 0 <= gain < _GAIN_LIMIT:
        msg = f"gain must be in [0, {_GAIN_LIMIT}), not {gain!r}"
        raise ValueError(msg)
    return min(round(gain * UNIT_GAIN), _GAIN_LIMIT * UNIT_GAIN - 1)
