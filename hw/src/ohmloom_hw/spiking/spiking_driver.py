"""The host's side of the spiking mode."""

from collections.abc import Sequence
from dataclasses import dataclass

from ohmloom_analog.errors import HardwareError, MappingError
from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.spiking_mapping import SpikingMapping
from ohmloom_hw.driver import Driver
from ohmloom_hw.packing import to_signed
from ohmloom_hw.spiking.event_queue import WINDOW_WORDS
from ohmloom_hw.spiking.events import EVENT_BITS, TICK, Event, EventKind, pack_event, unpack_event
from ohmloom_hw.spiking.membrane import REFRACTORY_BITS
from ohmloom_hw.spiking.neuron_words import POTENTIAL_BITS, STATE_STRIDE, pack_neuron

__all__ = ["NeuronState", "SpikeCounts", "SpikingDriver"]

_POLLS = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class NeuronState:
    """What a neuron holds between ticks."""

    membrane: int
    """Membrane potential, in steps of the state."""
    refractory: int
    """Ticks in which no spike may follow."""
    synapse: int
    """Synaptic current, in steps of the state; 0 on a chip without such."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SpikeCounts:
    """What the chip has counted since it was last told to begin anew."""

    ticks: int
    """Ticks that are over."""
    spikes_in: int
    """Spikes that have marked an input line."""
    spikes_out: int
    """Spikes of all neurons."""
    steps_skipped: int
    """Steps that weren't read, as no input spiked."""
    lost_in: int
    """Events of the host for which there was no room."""
    lost_out: int
    """Events for the host for which there was no room."""
    refused: int
    """Events of no kind, or for a line that isn't there."""


class SpikingDriver:
    """Load a spiking network, send it spikes tick by tick, and take its own.

    Parameters
    ----------
    driver
        Of a chip with a spiking mode.

    Raises
    ------
    HardwareError
        Where the chip has none.
    """

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._spec: ChipSpec = driver.spec
        if driver.spec.spiking is None:
            msg = (
                f"chip '{driver.spec.name}' must have a section [spiking] to take spikes, not none"
            )
            raise HardwareError(msg)
        self._spiking = driver.spec.spiking
        self._outputs: int | None = None

    async def load(
        self, mapping: SpikingMapping, levels: Sequence[Sequence[Sequence[int]]] | None = None
    ) -> None:
        """Write a network's steps and neurons, and have it rest.

        Parameters
        ----------
        mapping
            The network on this chip.
        levels
            Levels of all cells for a twin, (tiles, rows, lines); see `Driver.load`.

        Raises
        ------
        HardwareError
            Where something else is read back.
        """
        await self._driver.load(mapping.table, levels)
        words = [word for neuron in mapping.neurons for word in pack_neuron(neuron)]
        await self._driver.write_checked("NEURON", words)
        await self._driver.write_register("SPIKE_LINES", mapping.inputs)
        self._outputs = len(mapping.outputs)
        out = self._driver.table.register("SPIKE_OUT")
        word = out.field("first").insert(mapping.outputs.start) | out.field("marks").insert(1)
        await self._driver.write_register("SPIKE_OUT", word)
        await self.rest()

    async def rest(self) -> None:
        """Set the states of all neurons to 0, and forget their last spikes."""
        await self._strobe("rest")
        await self._wait_inactive()

    async def start(self, *, pins: bool = False) -> None:
        """Let the chip take events from now on.

        Parameters
        ----------
        pins
            Whether the network's spikes go to the pins for events.
        """
        out = self._driver.table.register("SPIKE_OUT")
        word = await self._driver.read_register("SPIKE_OUT")
        word &= ~out.field("pins").insert(1)
        await self._driver.write_register("SPIKE_OUT", word | out.field("pins").insert(int(pins)))
        await self._strobe("run")

    async def stop(self) -> None:
        """Let the chip take no more events, and wait for the tick that is under way."""
        await self._strobe("stop")
        await self._wait_inactive()

    async def run(self, ticks: Sequence[Sequence[int]]) -> list[list[int]]:
        """Run tick after tick, so that no event is lost; the network goes on from where it was.

        Parameters
        ----------
        ticks
            Input lines that spike, tick by tick.

        Returns
        -------
        spikes
            Neurons of the last layer that spike, tick by tick.

        Raises
        ------
        MappingError
            Where a queue can't hold the events of a tick.
        HardwareError
            Where the chip stops with an error, or gives no more.
        """
        events = [[Event(kind=EventKind.SPIKE, address=line) for line in t] + [TICK] for t in ticks]
        ahead = self._ticks_ahead(events)
        await self.start()
        found: list[list[int]] = [[]]
        sent, idle = 0, 0
        while len(found) <= len(ticks):
            room, waiting = await self._room()
            while sent < min(len(events), len(found) - 1 + ahead) and room >= len(events[sent]):
                await self.send(events[sent])
                room -= len(events[sent])
                sent += 1
            for event in await self._take(waiting):
                if event.kind == EventKind.TICK:
                    found.append([])
                else:
                    found[-1].append(event.address)
            idle = 0 if waiting else idle + 1
            if idle:
                await self._check_alive(idle)
        await self.stop()
        return found[:-1]

    def _ticks_ahead(self, events: Sequence[Sequence[Event]]) -> int:
        """Return how many ticks may be under way without an event being lost."""
        if self._outputs is None:
            msg = "a network must be loaded before it is run, and none is"
            raise HardwareError(msg)
        given = self._outputs + 1
        for what, number in (
            ("that a tick may give", given),
            ("of the fullest tick", max((len(tick) for tick in events), default=0)),
        ):
            if number > self._spiking.fifo:
                msg = f"spiking.fifo must hold the {number} events {what}, not {self._spiking.fifo}"
                raise MappingError(msg)
        return self._spiking.fifo // given

    async def send(self, events: Sequence[Event]) -> None:
        """Put events into the chip's queue; those for which there is no room are lost."""
        codes = [pack_event(event) for event in events]
        codes += [0] * (len(codes) % 2)
        words = [
            low | high << EVENT_BITS for low, high in zip(codes[::2], codes[1::2], strict=True)
        ]
        base = self._driver.table.window("EVENT_IN").base
        for first in range(0, len(words), WINDOW_WORDS):
            await self._driver.write(base, words[first : first + WINDOW_WORDS])

    async def take(self) -> list[Event]:
        """Return the events that wait in the chip's queue."""
        _, waiting = await self._room()
        return await self._take(waiting)

    async def states(self, first: int, count: int) -> list[NeuronState]:
        """Return the states of neurons, while the chip takes no events."""
        base = self._driver.table.window("NEURON_STATE").base + 4 * STATE_STRIDE * first
        words = await self._driver.read(base, STATE_STRIDE * count)
        return [
            NeuronState(
                membrane=to_signed(word & ((1 << POTENTIAL_BITS) - 1), POTENTIAL_BITS),
                refractory=word >> POTENTIAL_BITS & ((1 << REFRACTORY_BITS) - 1),
                synapse=to_signed(synapse, 32),
            )
            for word, synapse in zip(words[::2], words[1::2], strict=True)
        ]

    async def counts(self) -> SpikeCounts:
        """Return what the chip has counted."""
        first = self._driver.table.register("TICKS").offset
        words = await self._driver.read(first, len(SpikeCounts.__dataclass_fields__))
        return SpikeCounts(**dict(zip(SpikeCounts.__dataclass_fields__, words, strict=True)))

    async def clear_counts(self) -> None:
        """Set what the chip has counted to 0."""
        await self._strobe("clear")

    async def _take(self, waiting: int) -> list[Event]:
        base, words = self._driver.table.window("EVENT_OUT").base, []
        for first in range(0, waiting, WINDOW_WORDS):
            words += await self._driver.read(base, min(WINDOW_WORDS, waiting - first))
        return [unpack_event(word) for word in words]

    async def _room(self) -> tuple[int, int]:
        register = self._driver.table.register("EVENT_ROOM")
        word = await self._driver.read_register("EVENT_ROOM")
        return register.field("room").extract(word), register.field("waiting").extract(word)

    async def _strobe(self, name: str) -> None:
        register = self._driver.table.register("SPIKE_CTRL")
        await self._driver.write_register("SPIKE_CTRL", register.field(name).insert(1))

    async def _wait_inactive(self) -> None:
        for _ in range(_POLLS):
            if not await self._driver.read_register("SPIKE_STATUS"):
                return
        msg = f"the spiking mode must come to rest within {_POLLS} polls of SPIKE_STATUS, not later"
        raise HardwareError(msg)

    async def _check_alive(self, idle: int) -> None:
        if not await self._driver.read_register("SPIKE_STATUS"):
            await self._driver.check_error()
            msg = "the chip must take events until all ticks are over, not stop before"
            raise HardwareError(msg)
        if idle > _POLLS:
            msg = f"a tick must end within {_POLLS} polls of EVENT_ROOM, not later"
            raise HardwareError(msg)
