"""Events as words of 16 bits: what happened, and to which line or neuron."""

import enum
from dataclasses import dataclass

__all__ = ["ADDRESS_BITS", "EVENT_BITS", "TICK", "Event", "EventKind", "pack_event", "unpack_event"]

ADDRESS_BITS = 14
"""Width of an event's address."""

EVENT_BITS = ADDRESS_BITS + 2
"""Width of an event, its kind in the two highest bits."""


class EventKind(enum.IntEnum):
    """What an event says."""

    NONE = 0
    """There is no event."""
    SPIKE = 1
    """The line or neuron of the address has spiked."""
    TICK = 2
    """All spikes of a tick are there."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One event.

    Raises
    ------
    ValueError
        Where the address doesn't fit.
    """

    kind: EventKind
    """What it says."""
    address: int = 0
    """Line or neuron, 0 to 16383."""

    def __post_init__(self) -> None:
        """Check the address."""
        if not 0 <= self.address < 1 << ADDRESS_BITS:
            msg = (
                f"address of an event must be in [0, {(1 << ADDRESS_BITS) - 1}], not {self.address}"
            )
            raise ValueError(msg)


TICK = Event(kind=EventKind.TICK)
"""The end of a tick."""


def pack_event(event: Event) -> int:
    """Return an event as its word."""
    return event.kind << ADDRESS_BITS | event.address


def unpack_event(word: int) -> Event:
    """Return the event of a word.

    Raises
    ------
    ValueError
        Where the word is none, or of an unknown kind.
    """
    if not 0 <= word < 1 << EVENT_BITS:
        msg = f"an event must fit {EVENT_BITS} bits, not {word:#x}"
        raise ValueError(msg)
    kind = EventKind(word >> ADDRESS_BITS)
    return Event(kind=kind, address=word & ((1 << ADDRESS_BITS) - 1))
