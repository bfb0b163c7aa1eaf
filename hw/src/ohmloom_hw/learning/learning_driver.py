"""The host's side of learning in a chip."""

from dataclasses import dataclass

from ohmloom_analog.errors import HardwareError
from ohmloom_hw.driver import Driver
from ohmloom_hw.learning.registers import learning_rule, learning_values, pack_settings
from ohmloom_hw.learning.rules import LearningSettings
from ohmloom_hw.program_registers import WRITE_KEY, WriteError

__all__ = ["LearnCounts", "LearningDriver"]

_POLLS = 100_000


@dataclass(frozen=True, kw_only=True, slots=True)
class LearnCounts:
    """What the chip has counted since it was last told to begin anew."""

    pulses: int
    """Pulses on weights, each one on either cell of a pair."""
    left: int
    """What is left of the budget."""
    refused: int
    """Pulses that the budget didn't allow."""
    mistakes: int
    """Samples whose label's sum wasn't ahead of all others by the margin."""
    skipped: int
    """Pulses that locked cells, and those given up, didn't get."""


class LearningDriver:
    """Have a chip learn, sample after sample.

    Parameters
    ----------
    driver
        Of a chip with a section ``learning`` that writes its cells.

    Raises
    ------
    HardwareError
        Where the chip has no learning engine.
    """

    def __init__(self, driver: Driver) -> None:
        self._driver, self._spec = driver, driver.spec
        if self._spec.learning is None or not driver.features.writes:
            msg = (
                f"chip '{self._spec.name}' must have a section [learning] and write its cells "
                "to learn, not go without"
            )
            raise HardwareError(msg)

    async def begin(
        self, settings: LearningSettings, *, tile: int = 0, inputs: int = 0, results: int = 0
    ) -> None:
        """Arm the chip, and let it begin anew; `end` disarms it.

        Pulses are the first of the tile's lowest level, for either direction.

        Parameters
        ----------
        settings
            How it learns; its rule is the one that the chip is built with.
        tile
            Whose weights learn.
        inputs, results
            First entry of a sample in the input buffer, and of its sums in the result buffer.

        Raises
        ------
        ValueError
            Where the rule is another.
        HardwareError
            Where the settings read back otherwise.
        """
        rule = learning_rule(self._spec)
        if settings.rule is not rule:
            msg = f"rule must be the chip's, {rule.name.lower()}, not {settings.rule.name.lower()}"
            raise ValueError(msg)
        driver, words = self._driver, pack_settings(settings)
        base = driver.table.window("LEARN_RULE").base
        await driver.write(base, words)
        if await driver.read(base, len(words)) != words:
            msg = "LEARN_RULE must read back as written, not otherwise"
            raise HardwareError(msg)
        for name, fields in learning_values(self._spec, tile).items():
            await self._write(name, fields)
        await self._write("LEARN_PLACE", {"input": inputs, "result": results})
        await driver.write_register("WRITE_TILE", tile)
        await driver.write_register("WRITE_KEY", WRITE_KEY)
        await self._write("LEARN_CTRL", {"restart": 1})

    async def learn(self, label: int) -> None:
        """Learn from the sample that was run last.

        Parameters
        ----------
        label
            Column that should have the largest sum.

        Raises
        ------
        HardwareError
            Where it ends with an error, naming it, or not at all.
        """
        await self._driver.write_register("LEARN_LABEL", label)
        await self._write("LEARN_CTRL", {"start": 1})
        status = self._driver.table.register("LEARN_STATUS")
        for _ in range(_POLLS):
            word = await self._driver.read_register("LEARN_STATUS")
            if status.field("busy").extract(word):
                continue
            if status.field("done").extract(word):
                return
            code = status.field("code").extract(word)
            name = {known.value: known.name for known in WriteError}.get(code, f"code {code}")
            msg = f"learning must end without error, not with {name}"
            raise HardwareError(msg)
        msg = f"learning must end within {_POLLS} polls of LEARN_STATUS, not later"
        raise HardwareError(msg)

    async def give_errors(self, errors: list[int]) -> None:
        """Write errors, one a column, which take the place of sums where settings say `given`."""
        window = self._driver.table.window("LEARN_ERRORS")
        await self._driver.write(window.base, [error % (1 << 32) for error in errors])

    async def end(self) -> None:
        """Disarm the chip."""
        await self._driver.write_register("WRITE_KEY", 0)

    async def counts(self) -> LearnCounts:
        """Return what the chip has counted."""
        first = self._driver.table.register("LEARN_PULSES").offset
        names = list(LearnCounts.__dataclass_fields__)
        words = await self._driver.read(first, len(names))
        return LearnCounts(**dict(zip(names, words, strict=True)))

    async def _write(self, name: str, fields: dict[str, int]) -> None:
        register = self._driver.table.register(name)
        word = sum(register.field(field).insert(value) for field, value in fields.items())
        await self._driver.write_register(name, word)
