"""The host's side of transposed reads."""

from collections.abc import Awaitable, Callable, Sequence

from ohmloom_analog.errors import HardwareError
from ohmloom_hw.driver import Driver
from ohmloom_hw.learning.transposed_reference import transposed_passes
from ohmloom_hw.learning.transposed_registers import transposes
from ohmloom_hw.packing import to_signed
from ohmloom_hw.program_registers import WriteError

__all__ = ["TransposedDriver"]

_POLLS = 4000


class TransposedDriver:
    """Lead errors back through the weights of a tile, as a hidden layer's errors are found.

    Parameters
    ----------
    driver
        A driver that is connected.
    pause
        Awaited between one look at the read and the next; None for no pause.

    Raises
    ------
    HardwareError
        Where the chip has no transposed reads.
    """

    def __init__(
        self, driver: Driver, *, pause: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        self._driver, self._spec, self._pause = driver, driver.spec, pause
        if not transposes(driver.spec, driver.features):
            msg = (
                f"chip '{driver.spec.name}' must have learning.transposed, and be built to write "
                "its cells, for a transposed read"
            )
            raise HardwareError(msg)

    async def read(self, tile: int, errors: Sequence[int]) -> list[int]:
        """Return the sums of weights times errors over the columns, one a row.

        Parameters
        ----------
        tile
            That of the weights.
        errors
            One a column, each of as many bits as an input, and a sign.

        Raises
        ------
        HardwareError
            Where the chip ends the read with an error, or not at all.
        ValueError
            Where there isn't one error a column, or one doesn't fit.
        """
        transposed_passes(self._spec, errors)
        table = self._driver.table
        words = [error & 0xFFFF_FFFF for error in errors]
        await self._driver.write_register("WRITE_TILE", tile)
        await self._driver.write(table.window("TRANSPOSE_IN").base, words)
        start = table.register("TRANSPOSE_CTRL").field("start").insert(1)
        await self._driver.write_register("TRANSPOSE_CTRL", start)
        await self._wait()
        found = await self._driver.read(table.window("TRANSPOSE_OUT").base, self._spec.rows)
        return [to_signed(word, self._spec.accumulator_bits) for word in found]

    async def clipped(self) -> int:
        """Return how many conversions of the last read were out of range."""
        return await self._driver.read_register("TRANSPOSE_CLIPPED")

    async def _wait(self) -> None:
        register = self._driver.table.register("TRANSPOSE_STATUS")
        for _ in range(_POLLS):
            word = await self._driver.read_register("TRANSPOSE_STATUS")
            if register.field("error").extract(word):
                code = register.field("code").extract(word)
                names = {known.value: known.name for known in WriteError}
                found = names.get(code, f"code {code}")
                msg = f"a transposed read must end without error, not with {found}"
                raise HardwareError(msg)
            if register.field("done").extract(word):
                return
            if self._pause is not None:
                await self._pause()
        msg = f"a transposed read must end within {_POLLS} polls of TRANSPOSE_STATUS, not later"
        raise HardwareError(msg)
