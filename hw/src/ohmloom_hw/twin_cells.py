"""Where the twin keeps the levels of the cells, and the words that they travel in.

A converter serves the lines `converter * share + select`. The twin computes `lanes` converters at
a time, so one word of its memory holds one row of as many cells: those that the same `select`
shows to the converters of one pass. Its address is made of fields, the row in the low bits::

    tile | select | pass | row

and the host sees each word as `chunks` words of the bus, `per_chunk` levels in each, the first
lane in the low bits.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ohmloom_analog.errors import SpecError
from ohmloom_analog.spec import ChipSpec

__all__ = ["MOST_CELL_WORDS", "CellLayout", "pack_levels", "stuck"]

MOST_CELL_WORDS = 1 << 16
"""Words of the bus that the window of the cells may span."""

_WORD_BITS = 32


@dataclass(frozen=True, kw_only=True, slots=True)
class CellLayout:
    """The places of the cells of a twin."""

    tiles: int
    """Tiles of the chip."""
    rows: int
    """Rows of a tile."""
    lines: int
    """Lines of a tile."""
    share: int
    """Lines that take turns at a converter."""
    adcs: int
    """Converters of a tile."""
    lanes: int
    """Converters that are computed at once; at most all."""
    bits: int
    """Bits of a level."""

    @classmethod
    def of(cls, spec: ChipSpec, lanes: int) -> "CellLayout":
        """Return the layout for a chip.

        Raises
        ------
        SpecError
            Where the cells are more than the window spans.
        """
        layout = cls(
            tiles=spec.tiles,
            rows=spec.rows,
            lines=spec.lines,
            share=min(spec.adc.columns_per_adc, spec.lines),
            adcs=spec.adcs,
            lanes=min(lanes, spec.adcs),
            bits=spec.cell_bits,
        )
        if layout.words > MOST_CELL_WORDS:
            msg = (
                f"cells of a twin must fit {MOST_CELL_WORDS} words, not {layout.words}: "
                "take more lanes or smaller tiles"
            )
            raise SpecError(msg)
        return layout

    @property
    def passes(self) -> int:
        """Passes in which all converters have had their turn."""
        return -(-self.adcs // self.lanes)

    @property
    def row_bits(self) -> int:
        """Width of the row in an address."""
        return (self.rows - 1).bit_length()

    @property
    def pass_bits(self) -> int:
        """Width of the pass in an address."""
        return (self.passes - 1).bit_length()

    @property
    def select_bits(self) -> int:
        """Width of the select in an address."""
        return (self.share - 1).bit_length()

    @property
    def depth(self) -> int:
        """Words of the memory."""
        return max(2, self.tiles << (self.row_bits + self.pass_bits + self.select_bits))

    @property
    def per_chunk(self) -> int:
        """Levels in a word of the bus."""
        return min(self.lanes, _WORD_BITS // self.bits)

    @property
    def chunks(self) -> int:
        """Words of the bus for one of the memory, a power of two."""
        return 1 << (-(-self.lanes // self.per_chunk) - 1).bit_length()

    @property
    def words(self) -> int:
        """Words of the bus that the window spans, a power of two."""
        return self.chunks << (self.depth - 1).bit_length()

    def place(self, tile: int, row: int, line: int) -> tuple[int, int]:
        """Return the word of the bus that holds a cell, and the cell's lowest bit in it."""
        converter, select = divmod(line, self.share)
        turn, lane = divmod(converter, self.lanes)
        address = (tile << self.select_bits | select) << self.pass_bits | turn
        chunk, slot = divmod(lane, self.per_chunk)
        return (address << self.row_bits | row) * self.chunks + chunk, slot * self.bits


def pack_levels(spec: ChipSpec, lanes: int, levels: Sequence[Sequence[Sequence[int]]]) -> list[int]:
    """Return the words of the window, from its first, for the levels of all cells.

    Parameters
    ----------
    spec
        The chip.
    lanes
        Those that its twin was built with.
    levels
        By tile, row and line; (tiles, rows, lines).

    Raises
    ------
    ValueError
        Where the shape isn't that, or a level is out of range.
    """
    layout = CellLayout.of(spec, lanes)
    if len(levels) != spec.tiles:
        msg = f"levels must be those of {spec.tiles} tiles, not of {len(levels)}"
        raise ValueError(msg)
    top = (1 << layout.bits) - 1
    words = [0] * (layout.chunks * layout.depth)
    for tile, cells in enumerate(levels):
        shape = (len(cells), *sorted({len(row) for row in cells}))
        if shape != (spec.rows, spec.lines):
            msg = f"levels of tile {tile} must have shape {(spec.rows, spec.lines)}, not {shape}"
            raise ValueError(msg)
        for row, lines in enumerate(cells):
            for line, level in enumerate(lines):
                if not 0 <= level <= top:
                    msg = f"level must be in [0, {top}], not {level}"
                    raise ValueError(msg)
                word, low = layout.place(tile, row, line)
                words[word] |= int(level) << low
    return words


def stuck(
    levels: Sequence[Sequence[Sequence[int]]], cells: Iterable[tuple[int, int, int, int]]
) -> list[list[list[int]]]:
    """Return levels as they are where some cells are stuck.

    Parameters
    ----------
    levels
        As wanted; (tiles, rows, lines).
    cells
        Tile, row, line and the level that the cell keeps, one entry a stuck cell.
    """
    kept = [[[int(level) for level in row] for row in tile] for tile in levels]
    for tile, row, line, level in cells:
        kept[tile][row][line] = level
    return kept
