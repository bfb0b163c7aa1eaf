"""A session with a chip: opened, checked, guarded, and left safe whatever happens."""

from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from ohmloom_analog.errors import HardwareError, LinkError
from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.converters.profile import ConverterProfile
from ohmloom_hw.driver import Driver
from ohmloom_hw.features import Behind, Features, LinkName
from ohmloom_hw.transport import Transport
from ohmloom_sim.host.ports import PortTransport

__all__ = ["GUARD_SECONDS", "ClosableTransport", "Session", "open_session", "settle"]

GUARD_SECONDS = 1.0
"""Silence of the host after which a chip aborts its run, in the chip's own time [s]."""

# A virtual board, at one of these, may run a thousand times slower than one on a desk.
_SLOW_PORTS, _SLOW_REPLY = ("tcp://", "/dev/pts/"), 10.0

T = TypeVar("T")


class ClosableTransport(Transport, Protocol):
    """A transport that ends."""

    def close(self) -> None:
        """Close it."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """A chip that has answered and is the one that was described."""

    name: str
    """Name of the port."""
    spec: ChipSpec
    """The chip."""
    transport: Transport
    """The line to it."""
    driver: Driver
    """What reads and writes it; it knows the features."""


def settle(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that waits only on ports, which never suspend it."""
    try:
        work.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    work.close()
    msg = "a session must wait on its port only"
    raise AssertionError(msg)


@contextmanager
def open_session(
    name: str,
    spec: ChipSpec,
    *,
    baud: int | None = None,
    reply_timeout: float | None = None,
    link: LinkName = "frame",
    converters: ConverterProfile | None = None,
    transport: ClosableTransport | None = None,
) -> Iterator[Session]:
    """Give a session with the chip at a port.

    A run that is under way when the session fails is aborted; where the chip can't be reached any
    more, it aborts the run by itself after `GUARD_SECONDS` of silence.

    Parameters
    ----------
    name
        Device, or tcp://HOST:PORT.
    spec
        The chip that is expected.
    baud
        Rate of the line [bit/s]; that of the chip by default.
    reply_timeout
        How long a reply may take [s]; by default 10 s over TCP and pseudo-terminals, where a
        simulation may answer, and 0.1 s more than the line needs elsewhere.
    link
        What the line carries: frames, or requests of the plain bridge.
    converters
        Converter chips of the board; None where it has none, or nobody needs their registers.
    transport
        An open line, in place of the one that `name` says.

    Raises
    ------
    LinkError
        Where the port fails, or no chip answers.
    HardwareError
        Where another chip answers, or one without those converters.
    """
    rate = spec.baud if baud is None else baud
    if reply_timeout is None and name.startswith(_SLOW_PORTS):
        reply_timeout = _SLOW_REPLY
    line = PortTransport(name, rate) if transport is None else transport
    try:
        behind: Behind = "pins" if converters is None else "converters"
        features = Features(link=link, behind=behind, converters=converters)
        driver = Driver(line, spec, reply_timeout=reply_timeout, features=features)
        settle(_connect(driver, name, rate))
        try:
            yield Session(name=name, spec=spec, transport=line, driver=driver)
        except BaseException:
            with suppress(LinkError):
                settle(driver.abort())
            raise
    finally:
        line.close()


async def _connect(driver: Driver, name: str, baud: int) -> None:
    try:
        await driver.connect()
        await driver.guard(GUARD_SECONDS)
    except LinkError as error:
        if "must stay connected" in str(error):
            raise
        msg = (
            f"a chip must answer at {name} with {baud} baud: check cable, rate, --link and --chip "
            f"({error})"
        )
        raise LinkError(msg) from None
    except HardwareError as error:
        msg = f"chip at {name} must be the one of --chip: {error}"
        raise HardwareError(msg) from None
