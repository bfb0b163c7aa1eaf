"""The host's side of the logic analyser: arm it, wait for it, and read what it has recorded."""

from dataclasses import dataclass

from ohmloom_analog.errors import HardwareError
from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.analyser_registers import TRIGGER_BITS, Probe, probes, words_per_sample
from ohmloom_hw.driver import Driver

__all__ = ["Recorded", "Trigger", "arm", "collect", "read_trigger"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Trigger:
    """What the analyser waits for."""

    mask: int = 0
    """Bits of a sample that are compared; none triggers at once."""
    value: int = 0
    """What they must be."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Recorded:
    """What the analyser has recorded."""

    probes: tuple[Probe, ...]
    """What a sample is made of."""
    samples: tuple[int, ...]
    """From the oldest on."""
    before: int
    """Samples from before the trigger."""
    period: int
    """Clock cycles from a sample to the next."""
    clock: float
    """Frequency of the clock [Hz]."""

    @property
    def seconds(self) -> float:
        """Time from a sample to the next [s]."""
        return self.period / self.clock


def read_trigger(spec: ChipSpec, conditions: dict[str, int]) -> Trigger:
    """Return the trigger that waits for values of probes, all at once.

    Raises
    ------
    ValueError
        Where there is no such probe, its value doesn't fit, or it can't be compared.
    """
    mask = value = 0
    known = {probe.name: probe for probe in probes(spec)}
    for name, wanted in conditions.items():
        if name not in known:
            msg = f"probe must be one of {', '.join(known)}, not '{name}'"
            raise ValueError(msg)
        probe = known[name]
        top = (1 << probe.width) - 1
        if not 0 <= wanted <= top:
            msg = f"{name} must be in [0, {top}], not {wanted}"
            raise ValueError(msg)
        if probe.low + probe.width > TRIGGER_BITS:
            msg = f"{name} must lie in bits 0 to {TRIGGER_BITS - 1} to be waited for, not above"
            raise ValueError(msg)
        mask |= top << probe.low
        value |= wanted << probe.low
    return Trigger(mask=mask, value=value)


async def arm(driver: Driver, trigger: Trigger, *, before: int, period: int) -> None:
    """Let the analyser begin.

    Parameters
    ----------
    before
        Samples to keep from before the trigger; fewer than it has.
    period
        Clock cycles from a sample to the next, 1 to 65535.

    Raises
    ------
    HardwareError
        Where the chip has no analyser.
    ValueError
        Where a number is out of range.
    """
    depth = driver.features.analyser_depth
    if not depth:
        msg = "chip must be built with a logic analyser to record, not without"
        raise HardwareError(msg)
    for name, number, low, high in (
        ("samples before the trigger", before, 0, depth - 1),
        ("period", period, 1, 0xFFFF),
    ):
        if not low <= number <= high:
            msg = f"{name} must be from {low} to {high}, not {number}"
            raise ValueError(msg)
    await driver.write_register("ANALYSER_MASK", trigger.mask)
    await driver.write_register("ANALYSER_VALUE", trigger.value)
    await driver.write_register("ANALYSER_BEFORE", before)
    await driver.write_register("ANALYSER_PERIOD", period)
    control = driver.table.register("ANALYSER_CTRL")
    await driver.write_register("ANALYSER_CTRL", control.field("arm").insert(1))


async def collect(driver: Driver, spec: ChipSpec, *, force: bool, polls: int = 1000) -> Recorded:
    """Wait for the recording, and read it.

    Parameters
    ----------
    force
        Don't wait for the trigger: do as if it had come, if it hasn't.
    polls
        Times to ask for the end.

    Raises
    ------
    HardwareError
        Where it doesn't end in that time.
    """
    if force:
        control = driver.table.register("ANALYSER_CTRL")
        await driver.write_register("ANALYSER_CTRL", control.field("trigger").insert(1))
    status = driver.table.register("ANALYSER_STATUS")
    for _ in range(polls):
        word = await driver.read_register("ANALYSER_STATUS")
        if status.field("done").extract(word):
            break
    else:
        msg = f"logic analyser must be done within {polls} polls, not wait for its trigger still"
        raise HardwareError(msg)
    depth, width = driver.features.analyser_depth, words_per_sample(spec)
    words = await driver.read(driver.table.window("ANALYSER").base, depth * width)
    ring = [
        sum(word << 32 * place for place, word in enumerate(words[start : start + width]))
        for start in range(0, len(words), width)
    ]
    first = status.field("first").extract(word)
    return Recorded(
        probes=probes(spec),
        samples=(*ring[first:], *ring[:first]),
        before=await driver.read_register("ANALYSER_BEFORE"),
        period=max(1, await driver.read_register("ANALYSER_PERIOD")),
        clock=spec.clock,
    )
