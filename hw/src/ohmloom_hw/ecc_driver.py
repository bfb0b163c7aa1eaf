"""The host's side of what a chip does against errors."""

from collections.abc import Sequence
from dataclasses import dataclass

from ohmloom_analog.correction import GAIN_MAXIMUM, UNIT_GAIN, UNIT_SCALE, scale_input
from ohmloom_analog.errors import HardwareError
from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.check_shape import CheckShape
from ohmloom_hw.codes.residue import ResidueCode
from ohmloom_hw.correction_registers import column_stride, row_stride
from ohmloom_hw.driver import Driver
from ohmloom_hw.memory_layout import corrected_layouts
from ohmloom_hw.packing import to_signed, to_word
from ohmloom_hw.secded_registers import MEMORY_NAMES

__all__ = ["CheckCounts", "EccDriver", "MemoryCounts", "ReadCounts"]

_FACTOR_LIMIT = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckCounts:
    """What the checksums met, since the counters were cleared."""

    flagged: int
    """Blocks of columns in which a sum was wrong."""
    located: int
    """Columns that were found wrong and corrected."""
    reread: int
    """Steps that were read again in doubt."""
    doubtful: int
    """Steps that were still in doubt after that."""
    tile: int | None
    """Tile of the last column that was corrected; None if there was none."""
    column: int | None
    """That column."""
    size: int
    """By how much it was too large [sum LSB]."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MemoryCounts:
    """What the corrected memories met, since the counters were cleared."""

    fixed: int
    """Words with one wrong bit."""
    failed: int
    """Words with two wrong bits."""
    memory: str | None
    """Memory of the last of them; None if there was none."""
    place: int
    """Its word."""
    injected: int
    """Writes that were made wrong on purpose."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadCounts:
    """What redundant reads and half slices met, since the counters were cleared.

    None is what the chip doesn't count.
    """

    reads: int | None
    """Conversions that were started, of all converters together."""
    outvoted: int | None
    """Codes of which a mean differed from the median by more than the limit."""
    reissued: int | None
    """Steps that were read again in half slices."""
    reissue_clipped: int | None
    """Steps that were out of range in half slices too."""


class EccDriver:
    """Tables of checks, counters of what was corrected, wrong bits on purpose.

    Parameters
    ----------
    driver
        Of the chip.
    spec
        Its description.
    """

    def __init__(self, driver: Driver, spec: ChipSpec) -> None:
        self._driver, self._spec = driver, spec

    async def load_checks(
        self,
        weights: Sequence[Sequence[Sequence[float]]],
        bounds: Sequence[Sequence[int]],
        *,
        prediction: int | None = None,
        independent: bool = False,
    ) -> None:
        """Write what the checksums are made of, and read it back.

        Parameters
        ----------
        weights
            Effective weights of each tile, tiles x rows x columns, 0 where nothing is held.
        bounds
            By how much each column may be off where it isn't faulty, tiles x columns [sum LSB].
        prediction
            By how much the predictions may be off [sum LSB]; None for the bound by which entries
            are rounded, 1 where the weights are whole.
        independent
            Whether the errors of columns are independent, see `ColumnCode.limits`.

        Raises
        ------
        ValueError
            Where a shape is another, or a number doesn't fit.
        HardwareError
            Where the chip has no checksums, or something else is read back.
        """
        shape = CheckShape.of(self._spec)
        for what, rows in (("weights", weights), ("bounds", bounds)):
            if len(rows) != shape.tiles:
                msg = f"{what} must be given for {shape.tiles} tiles, not {len(rows)}"
                raise ValueError(msg)
        if prediction is None:
            whole = all(float(w).is_integer() for tile in weights for row in tile for w in row)
            prediction = 1 if whole else int(shape.prediction_bound) + 1
        entries = [entry for tile in weights for entry in shape.entries(tile)]
        words = [to_word(entry, shape.entry_bits, "entry") for entry in entries]
        await self._driver.write_checked("CHECK_WEIGHT", words)
        limits: list[int] = []
        for tile in bounds:
            for block in range(shape.blocks):
                limits += shape.block_limits(
                    tile, block, prediction=prediction, independent=independent
                )
        await self._driver.write_checked("CHECK_LIMIT", limits)

    async def check_counts(self) -> CheckCounts:
        """Return what the checksums met."""
        first = self._driver.table.register("CHECK_FLAGGED")
        words = await self._driver.read(first.offset, 6)
        flagged, located, reread, doubtful, last, size = words
        register = self._driver.table.register("CHECK_LAST")
        seen = bool(register.field("seen").extract(last))
        return CheckCounts(
            flagged=flagged,
            located=located,
            reread=reread,
            doubtful=doubtful,
            tile=register.field("tile").extract(last) if seen else None,
            column=register.field("column").extract(last) if seen else None,
            size=to_signed(size, 32),
        )

    async def load_residues(self, weights: Sequence[Sequence[Sequence[int]]]) -> None:
        """Write what weights leave by the modulus, read it back, and have sums checked.

        Parameters
        ----------
        weights
            Of each tile, tiles x rows x columns, 0 where nothing is held.

        Raises
        ------
        ValueError
            Where the shape is another.
        HardwareError
            Where the chip has no residue checks, or something else is read back.
        """
        self._need("residue", "RESIDUE")
        spec = self._spec
        code, offset = ResidueCode.of(spec), spec.weight_offset
        shape = (len(weights), *sorted({(len(t), len(row)) for t in weights for row in t}))
        if shape != (spec.tiles, (spec.rows, spec.columns)):
            sizes = (spec.tiles, spec.rows, spec.columns)
            msg = f"weights must have shape {sizes} in every tile, not {shape}"
            raise ValueError(msg)
        words = [
            code.residue(tile[row][column] + offset)
            for tile in weights
            for column in range(spec.columns)
            for row in range(spec.rows)
        ]
        await self._driver.write_register("RESIDUE_ON", 0)
        await self._driver.write_checked("RESIDUE", words)
        await self._driver.write_register("RESIDUE_ON", 1)

    async def memory_counts(self) -> MemoryCounts:
        """Return what the corrected memories met."""
        fixed, failed, last = await self._driver.read(
            self._driver.table.register("ECC_FIXED").offset, 3
        )
        register = self._driver.table.register("ECC_LAST")
        seen = register.field("seen").extract(last)
        return MemoryCounts(
            fixed=fixed,
            failed=failed,
            memory=MEMORY_NAMES[register.field("memory").extract(last)] if seen else None,
            place=register.field("place").extract(last),
            injected=await self._driver.read_register("ECC_INJECTED"),
        )

    async def inject(self, memory: str, first: int, second: int | None = None) -> None:
        """Have the next write to a memory go wrong in one bit of each codeword, or in two.

        Raises
        ------
        ValueError
            Where the chip has no such corrected memory, or its codewords no such bit.
        """
        maps = any(window.name == "COLUMN_MAP" for window in self._driver.table.windows)
        layouts = corrected_layouts(self._spec, maps=maps)
        if memory not in layouts:
            names = ", ".join(layouts) or "it has none"
            chip = self._spec.name
            msg = f"memory must be a corrected one of chip '{chip}' ({names}), not {memory!r}"
            raise ValueError(msg)
        bits = layouts[memory].code_bits
        for bit in (first,) if second is None else (first, second):
            if not 0 <= bit < bits:
                msg = f"bit must be one of the {bits} of a codeword of {memory}, from 0, not {bit}"
                raise ValueError(msg)
        register = self._driver.table.register("ECC_INJECT")
        word = sum(
            register.field(name).insert(value)
            for name, value in (
                ("memory", MEMORY_NAMES.index(memory)),
                ("first", first),
                ("second", first if second is None else second),
                ("arm", 1),
            )
        )
        await self._driver.write(register.offset, [word])

    async def read_counts(self) -> ReadCounts:
        """Return what redundant reads and half slices met."""
        table = self._driver.table
        known = {register.name for register in table.registers}
        found = {
            name: await self._driver.read_register(name.upper()) if name.upper() in known else None
            for name in ("reads", "outvoted", "reissued", "reissue_clipped")
        }
        return ReadCounts(**found)

    async def clipped_columns(self) -> list[list[int]]:
        """Return how often conversions of each column were out of range, tiles x columns.

        Raises
        ------
        HardwareError
            Where the chip doesn't count them.
        """
        self._need("reissue", "COLUMN_CLIPPED")
        spec, stride = self._spec, column_stride(self._spec)
        base = self._driver.table.window("COLUMN_CLIPPED").base
        return [
            await self._driver.read(base + 4 * stride * tile, spec.columns)
            for tile in range(spec.tiles)
        ]

    async def load_row_scale(self, scales: Sequence[Sequence[int]]) -> None:
        """Write what each row's input is multiplied by, and read it back.

        Parameters
        ----------
        scales
            Tiles x rows, in [0, `UNIT_SCALE`], which is one.

        Raises
        ------
        HardwareError
            Where the chip has no row scale, or something else is read back.
        ValueError
            Where the shape or a value doesn't fit.
        """
        self._need("row_scale", "ROW_SCALE")
        spec, stride = self._spec, row_stride(self._spec)
        shape = (len(scales), *sorted({len(row) for row in scales}))
        if shape != (spec.tiles, spec.rows):
            msg = f"row scale must have shape {(spec.tiles, spec.rows)}, not {shape}"
            raise ValueError(msg)
        words: list[int] = []
        for row in scales:
            for scale in row:
                # The arithmetic says which scales there are.
                scale_input(0, scale)
            words += [*row, *[UNIT_SCALE] * (stride - spec.rows)]
        await self._driver.write_checked("ROW_SCALE", words)

    async def set_drift(self, factor: float) -> None:
        """Set what all gains are multiplied by; 1 after reset.

        Raises
        ------
        HardwareError
            Where the chip has no drift factor.
        ValueError
            Where it isn't in [0, 4).
        """
        self._need("drift_factor", "DRIFT")
        if not 0 <= factor < _FACTOR_LIMIT:
            msg = f"drift factor must be in [0, {_FACTOR_LIMIT}), not {factor!r}"
            raise ValueError(msg)
        await self._driver.write_register("DRIFT", min(round(factor * UNIT_GAIN), GAIN_MAXIMUM))

    async def drift(self) -> float:
        """Return what all gains are multiplied by.

        Raises
        ------
        HardwareError
            Where the chip has no drift factor.
        """
        self._need("drift_factor", "DRIFT")
        return await self._driver.read_register("DRIFT") / UNIT_GAIN

    async def set_vote_limit(self, limit: int) -> None:
        """Set by how much a mean of reads may differ from the median without being counted.

        Parameters
        ----------
        limit
            [ADC LSB].

        Raises
        ------
        HardwareError
            Where the chip has no vote.
        ValueError
            Where it is no code.
        """
        self._need("vote", "VOTE_LIMIT")
        field = self._driver.table.register("VOTE_LIMIT").fields[0]
        await self._driver.write_register("VOTE_LIMIT", field.insert(limit))

    def _need(self, option: str, name: str) -> None:
        table = self._driver.table
        known = {register.name for register in table.registers}
        known |= {window.name for window in table.windows}
        if name not in known:
            msg = f"chip '{self._spec.name}' must have ecc.{option} for this"
            raise HardwareError(msg)
