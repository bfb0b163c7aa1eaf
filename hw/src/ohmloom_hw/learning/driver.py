"""The host of a chip that learns: what it learns by, sample after sample, what it counted."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from ohmloom_analog.errors import HardwareError
from ohmloom_analog.level_program import write_timing
from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.driver import Driver
from ohmloom_hw.learning.registers import (
    ERROR_BITS,
    learning_rule,
    learning_shape,
    learning_values,
    learns,
    pack_settings,
)
from ohmloom_hw.learning.rules import LearningSettings
from ohmloom_hw.packing import to_word
from ohmloom_hw.program_registers import WriteError

__all__ = ["LearningCounts", "LearningDriver"]

_MOST_POLLS = 100_000


@dataclass(frozen=True, kw_only=True, slots=True)
class LearningCounts:
    """What a chip has counted since it began to learn."""

    pulses: int
    """Pulses on weights, each one on either cell of a pair."""
    left: int
    """What is left of the budget."""
    refused: int
    """Pulses on weights that the budget didn't allow."""
    mistakes: int
    """Samples whose label's sum wasn't the largest by more than the margin."""
    skipped: int
    """Pulses that cells didn't get that are locked, or were given up."""


class LearningDriver:
    """Let a chip learn from what it has just seen.

    The chip must be armed for it, see `ohmloom_hw.cell_engine.CellEngine.armed`. Every method may
    raise `LinkError`.

    Parameters
    ----------
    driver
        A driver that is connected.
    spec
        The chip, with a section ``learning``.
    pause
        Awaited between one look at the chip and the next; None for no pause.

    Raises
    ------
    HardwareError
        Where the chip isn't built to learn.
    """

    def __init__(
        self,
        driver: Driver,
        spec: ChipSpec,
        *,
        pause: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        if not learns(spec, driver.features):
            msg = (
                f"chip '{spec.name}' must have a section 'learning' and be built with "
                "features.writes to learn"
            )
            raise HardwareError(msg)
        self._driver, self._spec, self._pause = driver, spec, pause
        self._label: int | None = None

    async def begin(
        self,
        settings: LearningSettings,
        *,
        tile: int = 0,
        input_base: int = 0,
        result_base: int = 0,
    ) -> None:
        """Begin anew: seeds, budget, batches and traces, with the pulses that suit a tile.

        Parameters
        ----------
        settings
            The chip's rule, and its numbers.
        tile
            Tile whose weights learn.
        input_base
            Where the inputs of samples are in the input buffer.
        result_base
            Where their sums are in the result buffer.

        Raises
        ------
        ValueError
            Where the chip has another rule, or fewer slots.
        SpecError
            Where the description doesn't say how the tile is written.
        """
        rule, slots = learning_rule(self._spec), learning_shape(self._spec).slots
        if settings.rule is not rule:
            msg = f"rule must be the chip's {rule.name.lower()}, not {settings.rule.name.lower()}"
            raise ValueError(msg)
        if settings.slots > slots:
            msg = f"slots must be at most the chip's {slots}, not {settings.slots}"
            raise ValueError(msg)
        timing = write_timing(self._spec, tile)
        await self._driver.write_register("WRITE_TILE", tile)
        await self._driver.write_register("WRITE_RAIL", timing.rail)
        await self._driver.write_register("WRITE_DISCHARGE", timing.discharge)
        for name, values in learning_values(self._spec, tile).items():
            await self._write_fields(name, **values)
        await self._write_fields("LEARN_PLACE", input=input_base, result=result_base)
        window = self._driver.table.window("LEARN_RULE")
        await self._driver.write(window.base, pack_settings(settings))
        await self._write_fields("LEARN_CTRL", restart=1)
        self._label = None

    async def learn(self, label: int) -> None:
        """Learn from the sample that the chip has just seen.

        Parameters
        ----------
        label
            Column that should have the largest sum.

        Raises
        ------
        HardwareError
            Where the chip ends it with an error, or not at all.
        ValueError
            Where there is no such column.
        """
        outputs = learning_shape(self._spec).outputs
        if not 0 <= label < outputs:
            msg = f"label must be in [0, {outputs - 1}], not {label}"
            raise ValueError(msg)
        if label != self._label:
            await self._driver.write_register("LEARN_LABEL", label)
            self._label = label
        await self._write_fields("LEARN_CTRL", start=1)
        status = self._driver.table.register("LEARN_STATUS")
        for _ in range(_MOST_POLLS):
            word = await self._driver.read_register("LEARN_STATUS")
            if not status.field("busy").extract(word):
                break
            if self._pause is not None:
                await self._pause()
        else:
            msg = f"learning from a sample must end within {_MOST_POLLS} looks, not later"
            raise HardwareError(msg)
        if not status.field("done").extract(word):
            code = status.field("code").extract(word)
            names = {known.value: known.name for known in WriteError}
            msg = f"learning must end without error, not with {names.get(code, f'code {code}')}"
            raise HardwareError(msg)

    async def learn_errors(self, errors: Sequence[int]) -> None:
        """Learn from the chip's inputs and given errors, or spikes, one a column.

        Raises
        ------
        HardwareError
            Where the chip ends it with an error, or not at all.
        ValueError
            Where there are more or fewer errors than columns, or one doesn't fit.
        """
        outputs = learning_shape(self._spec).outputs
        if len(errors) != outputs:
            msg = f"errors must be {outputs}, not {len(errors)}"
            raise ValueError(msg)
        words = [to_word(error, ERROR_BITS, "error") for error in errors]
        await self._driver.write(self._driver.table.window("LEARN_ERRORS").base, words)
        await self.learn(0)

    async def abort(self) -> None:
        """End a sample that is under way, with all voltages off."""
        await self._write_fields("LEARN_CTRL", abort=1)

    async def counts(self) -> LearningCounts:
        """Return what the chip has counted."""
        # They follow each other, so one frame brings all.
        first = self._driver.table.register("LEARN_PULSES").offset
        pulses, left, refused, mistakes, skipped = await self._driver.read(first, 5)
        return LearningCounts(
            pulses=pulses, left=left, refused=refused, mistakes=mistakes, skipped=skipped
        )

    async def _write_fields(self, name: str, **values: int) -> None:
        register = self._driver.table.register(name)
        word = sum(register.field(field).insert(value) for field, value in values.items())
        await self._driver.write(register.offset, [word])
