"""Accuracy of a task over the bits of the converters, and what these bits take.

The analog side in front of the converter stays as it is: its noise and offset are the same currents
at every number of bits, so that in steps they are the larger the finer the steps are. The chip is
the numpy one, arrays with wires and spread behind an engine, and the logic as integers.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ohmloom_analog.energy_adc import conversion_energy
from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.functional_chip import FunctionalChip
from ohmloom_sim.intervals import MeanInterval, wilson_interval
from ohmloom_sim.tasks import Task, prepare

__all__ = ["AdcPoint", "AdcSweep", "sweep_adc_bits", "with_adc_bits"]


@dataclass(frozen=True, kw_only=True, slots=True)
class AdcPoint:
    """One number of bits."""

    bits: int
    """Bits of the converters."""
    accuracy: tuple[float, ...]
    """Share of the samples that are right, one a chip."""
    integer: float
    """The same with a perfect array and converters that only round."""
    interval: MeanInterval
    """Of the mean, by Wilson for one chip's samples: others see the same ones."""
    energy: float
    """Of a conversion [J]."""

    def to_json(self) -> dict[str, Any]:
        """Return the point as plain data."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True, slots=True)
class AdcSweep:
    """What came of a sweep."""

    chip: str
    """Name of the chip."""
    task: str
    """Name of the task."""
    images: int
    """Samples of each run."""
    seed: int
    """Of the first chip; others count on."""
    engine: str
    """Array engine."""
    points: tuple[AdcPoint, ...]
    """By the bits."""

    @property
    def monotone(self) -> bool:
        """Whether no number of bits is surely worse than a lower one, by the intervals."""
        best = 0.0
        for point in self.points:
            if point.interval.high < best:
                return False
            best = max(best, point.interval.low)
        return True

    def to_json(self) -> dict[str, Any]:
        """Return the sweep as plain data."""
        plain = {n: getattr(self, n) for n in self.__dataclass_fields__ if n != "points"}
        points = [point.to_json() for point in self.points]
        return {**plain, "monotone": self.monotone, "points": points}


def with_adc_bits(spec: ChipSpec, bits: int) -> ChipSpec:
    """Return the chip with converters of other bits behind the same analog side.

    Raises
    ------
    SpecError
        Where such a chip can't be.
    """
    # The chip's own rules are asked, which a copy with an update wouldn't do.
    plain = spec.model_dump(mode="json", exclude_none=True)
    plain["adc"]["bits"] = bits
    coarser = ChipSpec.parse(plain, source=f"{spec.name} with {bits} bits")
    finer = 2.0 ** (spec.adc_shift - coarser.adc_shift)
    scaled = {"offset": spec.adc.offset * finer, "noise": spec.adc.noise * finer}
    return coarser.model_copy(update={"adc": coarser.adc.model_copy(update=scaled)})


def sweep_adc_bits(
    spec: ChipSpec,
    task: Task,
    *,
    bits: Sequence[int],
    images: int,
    chips: int,
    seed: int,
    engine: str = "nodal",
    on_progress: Callable[[int], None] | None = None,
) -> AdcSweep:
    """Classify samples on chips of each number of bits.

    Parameters
    ----------
    chips
        How many are made for each number of bits, each with cells and noise of its own.
    on_progress
        Called with the number of chips that are through.

    Raises
    ------
    ValueError
        Where no bits are given, some twice, or there isn't a chip.
    SpecError
        Where a chip of so many bits can't be.
    """
    wanted = sorted(bits)
    if not wanted or len(set(wanted)) < len(wanted):
        msg = f"bits must be at least one number, each once, not {list(bits)}"
        raise ValueError(msg)
    if chips < 1:
        msg = f"chips must be at least 1, not {chips}"
        raise ValueError(msg)
    points, done = [], 0
    for count in wanted:
        one = with_adc_bits(spec, count)
        ready = prepare(one, task, images)
        labels = ready.task.labels
        shares = []
        for chip in range(chips):
            made = FunctionalChip.build(one, ready.mapping, engine=engine, seed=seed + chip)
            found = made.run(ready.inputs)
            shares.append(float((found.winners == labels).mean()))
            done += 1
            if on_progress is not None:
                on_progress(done)
        points.append(
            AdcPoint(
                bits=count,
                accuracy=tuple(shares),
                integer=float((ready.integer.layers[-1].argmax(axis=1) == labels).mean()),
                interval=wilson_interval(sum(shares) / chips, images),
                energy=conversion_energy(count),
            )
        )
    return AdcSweep(
        chip=spec.name,
        task=task.name,
        images=images,
        seed=seed,
        engine=engine,
        points=tuple(points),
    )
