"""The host's side of the converters: their limits in volts, their offsets by row and line."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ohmloom_analog.errors import HardwareError
from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.converters.plan import OFFSET_BITS, ConverterPlan
from ohmloom_hw.converters.registers import offset_word
from ohmloom_hw.driver import Driver
from ohmloom_hw.packing import to_signed, to_word

__all__ = ["ConverterControl", "Limits", "Side"]

Side: TypeAlias = Literal["row", "line"]

_ROUNDING = 1e-9


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """Highest voltages of the word lines, as the chip keeps to them."""

    read: float
    """While reading [V]."""
    write: float
    """While cells are written [V]."""
    read_most: float
    """What the limit of reads can be set to [V]."""
    write_most: float
    """What the limit of writes can be set to [V]; 0 for a board that only reads."""


class ConverterControl:
    """Read and set what the registers of converters hold; every method may raise `LinkError`.

    Parameters
    ----------
    driver
        Of a chip that `Driver.connect` has asked, or that was said to have these converters.
    spec
        Its description.

    Raises
    ------
    HardwareError
        Where the chip has no converters, or nobody has said which.
    """

    def __init__(self, driver: Driver, spec: ChipSpec) -> None:
        features = driver.features
        if features.behind != "converters":
            msg = f"converters must be behind the array ports to be set, not {features.behind}"
            raise HardwareError(msg)
        if features.converters is None:
            msg = "converters must be known by their profile to be set: name it (--converters)"
            raise HardwareError(msg)
        self._driver = driver
        self._plan = ConverterPlan(spec=spec, profile=features.converters)

    async def limits(self) -> Limits:
        """Return the limits; a register above what is possible counts as that."""
        plan = self._plan
        read, write = [
            min(await self._driver.read_register(name), ceiling)
            for name, ceiling in (
                ("LIMIT_READ", plan.read_ceiling),
                ("LIMIT_WRITE", plan.write_ceiling),
            )
        ]
        return Limits(
            read=self._volts(read),
            write=self._volts(write),
            read_most=self._volts(plan.read_ceiling),
            write_most=self._volts(plan.write_ceiling),
        )

    async def set_limits(self, *, read: float | None = None, write: float | None = None) -> None:
        """Set limits; the word lines keep at or below them, to a step of the DACs.

        Parameters
        ----------
        read
            Highest voltage while reading [V]; None leaves it.
        write
            Highest voltage while cells are written [V]; None leaves it.

        Raises
        ------
        ValueError
            Where one is negative or more than the board and the chip allow; none is set then.
        """
        plan = self._plan
        most = {
            "read": plan.spec.dac.v_read * (1 + plan.profile.read_margin),
            "write": plan.profile.write_limit,
        }
        wanted = {"read": read, "write": write}
        for what, volts in wanted.items():
            if volts is not None and not 0 <= volts <= most[what] * (1 + _ROUNDING):
                msg = f"{what} limit must be from 0 V to {most[what]:g} V, not {volts:g} V"
                raise ValueError(msg)
        for what, volts in wanted.items():
            if volts is not None:
                code = plan.limit_code(volts)
                await self._driver.write_register(f"LIMIT_{what.upper()}", code)

    async def offsets(self, tile: int, side: Side) -> list[int]:
        """Return the offsets of a tile.

        Parameters
        ----------
        tile
            Which.
        side
            'row' for what is added to the DAC codes of each row, 'line' for what is subtracted
            from the ADC codes of each line [LSB of the converter].

        Raises
        ------
        ValueError
            Where there is no such tile.
        """
        words = await self._read(tile, side)
        return [to_signed(words[place], OFFSET_BITS) for place in self._places(side)]

    async def set_offsets(self, tile: int, side: Side, values: Mapping[int, int]) -> None:
        """Set offsets of a tile, those that aren't named stay; and read them back.

        Parameters
        ----------
        tile
            Which.
        side
            As in `offsets`.
        values
            Offsets by row or line [LSB of the converter].

        Raises
        ------
        ValueError
            Where there is no such tile, row or line, or an offset is out of range; none is set
            then.
        HardwareError
            Where something else is read back.
        """
        places = self._places(side)
        words: dict[int, int] = {}
        for number, value in values.items():
            if not 0 <= number < len(places):
                msg = f"{side} must be in [0, {len(places) - 1}], not {number}"
                raise ValueError(msg)
            words[places[number]] = to_word(value, OFFSET_BITS, f"offset of {side} {number}")
        base = self._base(tile, side)
        for place, word in words.items():
            await self._driver.write(base + 4 * place, [word])
        held = await self._read(tile, side)
        for place, word in words.items():
            if held[place] != word:
                where = self._driver.table.describe(base + 4 * place)
                msg = f"{where} must read back as {word:#010x}, not {held[place]:#010x}"
                raise HardwareError(msg)

    async def _read(self, tile: int, side: Side) -> list[int]:
        return await self._driver.read(self._base(tile, side), max(self._places(side)) + 1)

    def _base(self, tile: int, side: Side) -> int:
        first = offset_word(self._plan, tile=tile, place=0, line=side == "line")
        return self._driver.table.window("OFFSET").base + 4 * first

    def _places(self, side: Side) -> list[int]:
        """Return the place of each row or line among a tile's offsets."""
        plan = self._plan
        if side == "line":
            return list(range(plan.spec.lines))
        return [plan.rows_of_outputs.index(row) for row in range(plan.spec.rows)]

    def _volts(self, code: int) -> float:
        return code / (1 << self._plan.dac.bits) * self._plan.word_full_scale
