"""The host driver: the same lines on a board and in a simulation."""

from collections.abc import Sequence
from dataclasses import dataclass

from ohmloom_analog.errors import HardwareError, MappingError
from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.table import LayerTable
from ohmloom_hw.bone_client import BoneClient
from ohmloom_hw.client import LinkClient
from ohmloom_hw.converters.registers import check_parts
from ohmloom_hw.core_registers import MAGIC, MAP_VERSION
from ohmloom_hw.feature_register import read_features
from ohmloom_hw.features import DEFAULT_FEATURES, Features
from ohmloom_hw.packing import (
    pack_calibration,
    pack_entries,
    to_signed,
    to_word,
    unpack_entries,
)
from ohmloom_hw.register_model import RegisterTable
from ohmloom_hw.registers import entries_per_word, register_table
from ohmloom_hw.run_errors import ErrorCode
from ohmloom_hw.step_words import pack_step
from ohmloom_hw.transport import Transport
from ohmloom_hw.twin_cells import pack_levels

__all__ = ["Counters", "Driver"]

_LONGEST_EXCHANGE_BITS = 2 * 260 * 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Counters:
    """What the chip counts by itself."""

    clipped: int
    """Conversions out of range, since they were cleared."""
    conversions: int
    """Conversions, since they were cleared."""
    cycles: int
    """Clock cycles of the last run."""
    adc_busy: int
    """Clock cycles of the last run in which a converter was busy."""


class Driver:
    """Load a network into a chip, run it, and read its results.

    Every method may raise `LinkError`. A transport is awaited and nothing else, so any event loop
    will do, and a simulator's scheduler too.

    Parameters
    ----------
    transport
        Line to the chip.
    spec
        The description that the chip was built from; `connect` checks it.
    reply_timeout
        How long a reply may take [s]; by default 0.1 s more than the line needs at its rate.
    features
        What the chip was built with; None for nothing beside its description. Its link and its
        converters must be said; `connect` finds the rest by itself.
    """

    def __init__(
        self,
        transport: Transport,
        spec: ChipSpec,
        *,
        reply_timeout: float | None = None,
        features: Features | None = None,
    ) -> None:
        self._features = DEFAULT_FEATURES if features is None else features
        self._spec, self._table = spec, register_table(spec, self._features)
        if reply_timeout is None:
            reply_timeout = 0.1 + _LONGEST_EXCHANGE_BITS / spec.baud
        self._reply_timeout = reply_timeout
        client = BoneClient if self._features.link == "uartbone" else LinkClient
        self._client = client(transport, self._table, reply_timeout=reply_timeout)

    @property
    def spec(self) -> ChipSpec:
        """The description that the chip was built from."""
        return self._spec

    @property
    def features(self) -> Features:
        """What the chip is built with; what was said, until `connect` has asked."""
        return self._features

    @property
    def table(self) -> RegisterTable:
        """Registers and windows, as far as the features are known."""
        return self._table

    @property
    def reply_timeout(self) -> float:
        """How long a reply may take [s]."""
        return self._reply_timeout

    @property
    def sequence(self) -> int:
        """Number of the next request, where the link has such."""
        return self._client.sequence

    async def connect(self) -> None:
        """Synchronise with the chip, and check that it is the one that was described.

        Raises
        ------
        HardwareError
            Where it isn't an Ohmloom chip, has another address space or another description, or is
            built with something that this driver doesn't know.
        """
        await self._client.resynchronise()
        await self._expect("ID", MAGIC)
        await self._expect("VERSION", MAP_VERSION)
        # One frame brings what lies from the hash to the features.
        first, register = self._table.register("HASH0").offset, self._table.register("FEATURES")
        hash0, hash1, *_, features = await self.read(first, (register.offset - first) // 4 + 1)
        found, expected = f"{hash0:08x}{hash1:08x}", self._spec.hash[:16]
        if found != expected:
            msg = (
                f"hash of the chip must be {expected}, that of the description "
                f"'{self._spec.name}', not {found}"
            )
            raise HardwareError(msg)
        self._take_features(features)
        if self._features.converters is not None:
            check_parts(self._features.converters, await self.read_register("CONVERTERS"))

    def _take_features(self, word: int) -> None:
        converters = self._features.converters
        try:
            self._features = read_features(self._table, word, converters=converters)
        except ValueError as error:
            msg = f"FEATURES of the chip must be known: {error}"
            raise HardwareError(msg) from None
        if converters is not None and self._features.behind != "converters":
            msg = (
                f"a chip must have the converters {converters.name} behind its array ports, "
                f"not {self._features.behind}"
            )
            raise HardwareError(msg)
        self._table = register_table(self._spec, self._features)
        self._client.describe_by(self._table)

    async def guard(self, seconds: float) -> None:
        """Let the chip abort a run, with its word lines at code 0, when the host falls silent.

        Parameters
        ----------
        seconds
            Longest silence during a run, counted by the chip in its own clock cycles [s]; 0 for
            any.
        """
        cycles = min(round(seconds * self._spec.clock), 0xFFFF_FFFF)
        await self.write_register("HOST_TIMEOUT", cycles)

    async def abort(self) -> None:
        """End a run that is under way, with the word lines at code 0."""
        control = self._table.register("CTRL")
        await self.write(control.offset, [control.field("abort").insert(1)])

    async def read_register(self, name: str) -> int:
        """Return the word of a register."""
        return (await self.read(self._table.register(name).offset, 1))[0]

    async def write_register(self, name: str, word: int) -> None:
        """Write the word of a register."""
        await self.write(self._table.register(name).offset, [word])

    async def read(self, address: int, count: int) -> list[int]:
        """Return words at addresses that rise by 4."""
        return await self._client.read(address, count)

    async def write(self, address: int, words: Sequence[int]) -> None:
        """Write words at addresses that rise by 4."""
        await self._client.write(address, list(words))

    async def load(
        self, table: LayerTable, levels: Sequence[Sequence[Sequence[int]]] | None = None
    ) -> None:
        """Write step and bias tables, and read them back; to a twin also its cells.

        Parameters
        ----------
        table
            The tables.
        levels
            Levels of all cells, (tiles, rows, lines); None leaves those of a twin as they are. A
            chip with an array of its own takes no levels, and they aren't looked at.

        Raises
        ------
        MappingError
            Where the chip has no room for them.
        HardwareError
            Where something else is read back.
        """
        limits = (
            ("steps", len(table.steps), self._spec.step_entries),
            ("biases", len(table.biases), self._spec.result_entries),
        )
        for what, number, most in limits:
            if number > most:
                msg = f"{what} must be at most {most}, not {number}"
                raise MappingError(msg)
        steps = [word for step in table.steps for word in pack_step(step)]
        await self.write_checked("STEP", steps)
        # The chip keeps as many bits of a bias as a total has, and gives them back with their sign.
        biases = [to_word(bias, self._spec.total_bits, "bias") for bias in table.biases]
        await self.write_checked("BIAS", biases)
        await self.write(self._table.register("STEPS").offset, [len(table.steps)])
        if levels is not None and self._features.behind == "twin":
            words = pack_levels(self._spec, self._features.lanes, levels)
            await self.write_checked("CONDUCTANCE", words)

    async def holds(self, table: LayerTable) -> bool:
        """Return whether step and bias tables are loaded already."""
        if await self.read_register("STEPS") != len(table.steps):
            return False
        steps = [word for step in table.steps for word in pack_step(step)]
        biases = [to_word(bias, self._spec.total_bits, "bias") for bias in table.biases]
        for name, words in (("STEP", steps), ("BIAS", biases)):
            if await self.read(self._table.window(name).base, len(words)) != words:
                return False
        return True

    async def load_levels(self, levels: Sequence[Sequence[Sequence[int]]]) -> None:
        """Write the cells of the twin, and read them back; only what differs is written.

        Parameters
        ----------
        levels
            By tile, row and line; (tiles, rows, lines).

        Raises
        ------
        HardwareError
            Where the chip has no twin, or something else is read back.
        ValueError
            Where the levels aren't those of such a chip.
        """
        if self._features.behind != "twin":
            msg = f"cells must be those of a twin to be written, not of {self._features.behind}"
            raise HardwareError(msg)
        words = pack_levels(self._spec, self._features.lanes, levels)
        held = await self.read(self._table.window("CONDUCTANCE").base, len(words))
        if held != words:
            await self.write_checked("CONDUCTANCE", words)

    async def load_calibration(
        self, offsets: Sequence[Sequence[int]], gains: Sequence[Sequence[float]]
    ) -> None:
        """Write each column's correction; after reset offsets are 0 and gains 1.

        Parameters
        ----------
        offsets
            What is subtracted from the sum of each column, shape (tiles, columns) [sum LSB].
        gains
            What it is then multiplied by, in [0, 4), shape (tiles, columns).

        Raises
        ------
        ValueError
            Where a shape or a value doesn't fit.
        """
        words = pack_calibration(self._spec, offsets, gains)
        await self.write_checked("CALIBRATION", words)

    async def write_inputs(self, base: int, values: Sequence[int]) -> None:
        """Write entries of the input buffer; those beside them are kept.

        Raises
        ------
        ValueError
            Where an entry doesn't exist or a value is out of range.
        """
        self._check_range("inputs", base, len(values), self._spec.input_entries)
        lanes = entries_per_word(self._spec)
        before, after = base % lanes, -(base + len(values)) % lanes
        packed = pack_entries(self._spec, [*[0] * before, *values, *[0] * after])
        if not values:
            return
        first = base // lanes
        window = self._table.window("INPUT").base
        mask = (1 << self._spec.entry_bits * before) - 1
        if mask:
            packed[0] |= (await self.read(window + 4 * first, 1))[0] & mask
        mask = ~((1 << self._spec.entry_bits * (lanes - after)) - 1) & 0xFFFF_FFFF
        if mask:
            last = window + 4 * (first + len(packed) - 1)
            packed[-1] |= (await self.read(last, 1))[0] & mask
        await self.write(window + 4 * first, packed)

    async def read_inputs(self, base: int, count: int) -> list[int]:
        """Return entries of the input buffer, in which layers also leave what they hand on.

        Raises
        ------
        ValueError
            Where an entry doesn't exist.
        """
        self._check_range("inputs", base, count, self._spec.input_entries)
        if count == 0:
            return []
        lanes = entries_per_word(self._spec)
        first, last = base // lanes, (base + count - 1) // lanes
        address = self._table.window("INPUT").base + 4 * first
        entries = unpack_entries(self._spec, await self.read(address, last - first + 1))
        return entries[base - lanes * first :][:count]

    async def run(self, timeout_polls: int = 1000) -> None:
        """Run the step table once, and wait for its end.

        Raises
        ------
        HardwareError
            Where the run ends with an error, or not at all.
        """
        control = self._table.register("CTRL")
        status = self._table.register("STATUS")
        await self.write(control.offset, [control.field("start").insert(1)])
        for _ in range(timeout_polls):
            (word,) = await self.read(status.offset, 1)
            if status.field("error").extract(word):
                await self._raise_error()
            if status.field("done").extract(word) and not status.field("busy").extract(word):
                return
        msg = f"run must end within {timeout_polls} polls of STATUS, not later"
        raise HardwareError(msg)

    async def results(self, base: int, count: int) -> list[int]:
        """Return entries of the result buffer.

        Raises
        ------
        ValueError
            Where an entry doesn't exist.
        """
        self._check_range("results", base, count, self._spec.result_entries)
        words = await self.read(self._table.window("RESULT").base + 4 * base, count)
        return [to_signed(word, 32) for word in words]

    async def argmax(self) -> int:
        """Return the entry of the largest result of the last run."""
        return (await self.read(self._table.register("ARGMAX").offset, 1))[0]

    async def counters(self) -> Counters:
        """Return what the chip has counted."""
        # They follow each other, so one frame brings all.
        first = self._table.register("CLIPPED").offset
        clipped, conversions, cycles, adc_busy = await self.read(first, 4)
        return Counters(clipped=clipped, conversions=conversions, cycles=cycles, adc_busy=adc_busy)

    async def clear_counters(self) -> None:
        """Set the counts of conversions to 0."""
        control = self._table.register("CTRL")
        await self.write(control.offset, [control.field("clear").insert(1)])

    async def check_error(self) -> None:
        """Raise what ended the last run, if an error did.

        Raises
        ------
        HardwareError
            With the error's name.
        """
        if await self.read_register("ERROR"):
            await self._raise_error()

    async def _expect(self, name: str, expected: int) -> None:
        (word,) = await self.read(self._table.register(name).offset, 1)
        if word != expected:
            msg = f"{name} of the chip must be {expected:#010x}, not {word:#010x}"
            raise HardwareError(msg)

    async def write_checked(self, name: str, words: Sequence[int]) -> None:
        """Write a window from its first word on, and read it back.

        Raises
        ------
        HardwareError
            Where something else is read back.
        """
        base = self.table.window(name).base
        await self.write(base, words)
        for place, (word, found) in enumerate(
            zip(words, await self.read(base, len(words)), strict=True)
        ):
            if found != word:
                msg = f"{name}[{place}] must read back as {word:#010x}, not {found:#010x}"
                raise HardwareError(msg)

    async def _raise_error(self) -> None:
        register = self._table.register("ERROR")
        (word,) = await self.read(register.offset, 1)
        code, step = register.field("code").extract(word), register.field("step").extract(word)
        name = {known.value: known.name for known in ErrorCode}.get(code, f"code {code}")
        msg = f"run must end without error, not with {name} in step {step}"
        raise HardwareError(msg)

    def _check_range(self, what: str, base: int, count: int, entries: int) -> None:
        if base < 0 or count < 0 or base + count > entries:
            msg = f"{what} must lie in entries 0 to {entries - 1}, not {base} to {base + count - 1}"
            raise ValueError(msg)
