"""How the checksums of a chip are laid out: blocks, tables, widths."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.codes.column_code import ColumnCode

__all__ = ["LIMIT_BITS", "CheckShape"]

LIMIT_BITS = 31
"""Of a limit."""

# Effective weights may be larger than the integers that they stand for.
_HEADROOM = 1.25
_ENTRY_BITS = 16


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckShape:
    """The layout, made from the description.

    The table of weights holds for each tile, block, check and row the sum of the weights of that
    check's columns, in fractions of 2^-`fraction_bits`. The table of limits holds for each tile
    and block the limits of all checks, then that of correction.
    """

    tiles: int
    """Tiles."""
    rows: int
    """Rows of a tile."""
    columns: int
    """Columns of a tile."""
    code: ColumnCode
    """Of a whole block; the last one may have fewer columns in use."""
    fraction_bits: int
    """Of an entry of the table of weights."""
    entry_bits: int
    """Of such an entry, its sign included."""
    value_bits: int
    """Of a column's calibrated sum."""
    input_bits: int
    """Of an input with its sign."""

    @classmethod
    def of(cls, spec: ChipSpec) -> Self:
        """Return that of a chip.

        Raises
        ------
        ValueError
            Where it has no checksums.
        """
        if not spec.defence.checksums:
            msg = f"chip '{spec.name}' must have ecc.checksums to have tables for them"
            raise ValueError(msg)
        code = ColumnCode(columns=min(spec.defence.block, spec.columns))
        largest = max(abs(weight) for weight in spec.weight_range)
        whole = int(_HEADROOM * code.columns * largest).bit_length()
        fraction = max(2, _ENTRY_BITS - 1 - whole)
        return cls(
            tiles=spec.tiles,
            rows=spec.rows,
            columns=spec.columns,
            code=code,
            fraction_bits=fraction,
            entry_bits=1 + whole + fraction,
            value_bits=spec.accumulator_bits + 4,
            input_bits=spec.entry_bits + 1,
        )

    @property
    def blocks(self) -> int:
        """Blocks of a tile."""
        return -(-self.columns // self.code.columns)

    @property
    def weights(self) -> int:
        """Entries of the table of weights."""
        return self.tiles * self.blocks * self.code.checks * self.rows

    @property
    def limits(self) -> int:
        """Entries of the table of limits."""
        return self.tiles * self.blocks * (self.code.checks + 1)

    @property
    def product_bits(self) -> int:
        """Of the sum of products of one check, its fraction included."""
        return self.entry_bits + self.input_bits + (self.rows - 1).bit_length()

    @property
    def syndrome_bits(self) -> int:
        """Of a sum of columns, and of a syndrome."""
        whole = max(self.value_bits + 5, self.product_bits - self.fraction_bits + 1)
        return whole + 1

    def members(self, block: int) -> range:
        """Return the columns of a block."""
        first = block * self.code.columns
        return range(first, min(first + self.code.columns, self.columns))

    def entries(self, weights: Sequence[Sequence[float]]) -> list[int]:
        """Return the entries of one tile in the table of weights.

        Parameters
        ----------
        weights
            Of a column's unit of the sum and an input's LSB, rows x columns.

        Raises
        ------
        ValueError
            Where the shape is another, or an entry doesn't fit.
        """
        shape = (len(weights), *sorted({len(row) for row in weights}))
        if shape != (self.rows, self.columns):
            msg = f"weights must have shape {(self.rows, self.columns)}, not {shape}"
            raise ValueError(msg)
        top = 1 << (self.entry_bits - 1)
        found = []
        for block in range(self.blocks):
            members = self.members(block)
            for group in self.code.groups:
                chosen = [members[column] for column in group if column < len(members)]
                for row in weights:
                    entry = round(sum(row[j] for j in chosen) * 2**self.fraction_bits)
                    if not -top <= entry < top:
                        limit = top / 2**self.fraction_bits
                        msg = f"weights of a check must sum up to less than {limit:g}, not "
                        msg += f"{entry / 2**self.fraction_bits:g}"
                        raise ValueError(msg)
                    found.append(entry)
        return found

    def block_limits(
        self,
        bounds: Sequence[int],
        block: int,
        *,
        prediction: int = 1,
        independent: bool = False,
    ) -> tuple[int, ...]:
        """Return the limits of a block: of each check, then that of correction.

        Parameters
        ----------
        bounds
            By how much each column of the tile may be off [sum LSB].
        prediction, independent
            As in `ColumnCode.limits`.

        Raises
        ------
        ValueError
            Where there isn't one bound a column, or limits don't fit the table.
        """
        if len(bounds) != self.columns:
            msg = f"bounds must be given for {self.columns} columns, not {len(bounds)}"
            raise ValueError(msg)
        members = self.members(block)
        padded = [bounds[column] for column in members]
        padded += [0] * (self.code.columns - len(members))
        found = self.code.limits(padded, prediction=prediction, independent=independent)
        top = (1 << LIMIT_BITS) - 1
        if found.correct > top:
            msg = f"bounds of a block must give a limit of at most {top}, not {found.correct}"
            raise ValueError(msg)
        return (*found.checks, found.correct)

    def predict(self, entries: Sequence[int], inputs: Sequence[int]) -> list[int]:
        """Return what each block's checks should sum up to, from the entries of one tile.

        Half a unit is added before the fraction is cut off.
        """
        half = (1 << self.fraction_bits) >> 1
        return [
            (sum(e * x for e, x in zip(entries[at : at + self.rows], inputs, strict=True)) + half)
            >> self.fraction_bits
            for at in range(0, len(entries), self.rows)
        ]

    @property
    def prediction_bound(self) -> float:
        """By how much a prediction may be off from the weights that it was made from [sum LSB]."""
        largest = 1 << (self.input_bits - 1)
        return 0.5 + self.rows * largest / (1 << (self.fraction_bits + 1))
