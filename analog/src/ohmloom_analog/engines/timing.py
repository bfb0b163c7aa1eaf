"""When a read is sampled, and what stands between an edge of the drivers and that instant."""

import math
from dataclasses import dataclass
from typing import Self

from ohmloom_analog.spec import ChipSpec

__all__ = ["ReadTiming"]

_STEPS = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadTiming:
    """Times of a read; only an engine that knows of time uses them.

    Raises
    ------
    ValueError
        Where one isn't finite and above 0.
    """

    settle_time: float = 1e-6
    """From the start of the drivers' edges to the sample [s]."""
    edge_time: float = 1e-9
    """From one level of a driver to the next [s]."""
    bandwidth: float = 20e6
    """Of the one pole of the amplifiers at the bit lines [Hz]."""
    longest_step: float | None = None
    """Longest time step [s]; None for a fiftieth of the settle time."""

    def __post_init__(self) -> None:
        """Check."""
        for name, unit in (("settle_time", "s"), ("edge_time", "s"), ("bandwidth", "Hz")):
            self._check(name, getattr(self, name), unit)
        if self.longest_step is not None:
            self._check("longest_step", self.longest_step, "s")
        if self.edge_time > self.settle_time:
            msg = (
                f"edge_time must be at most settle_time = {self.settle_time:g} s, "
                f"not {self.edge_time:g} s"
            )
            raise ValueError(msg)

    @classmethod
    def of(cls, spec: ChipSpec) -> Self:
        """Return the times of a chip; one that asks for no time to settle gets its edges'."""
        return cls(
            settle_time=max(spec.dac.settle_time, spec.dac.edge_time),
            edge_time=spec.dac.edge_time,
            bandwidth=spec.tia.bandwidth,
        )

    @property
    def step(self) -> float:
        """Longest time step [s]."""
        return self.settle_time / _STEPS if self.longest_step is None else self.longest_step

    @property
    def time_constant(self) -> float:
        """Of the amplifiers [s]."""
        return 1 / (2 * math.pi * self.bandwidth)

    @staticmethod
    def _check(name: str, value: float, unit: str) -> None:
        if not 0 < value < math.inf:
            msg = f"{name} must be finite and above 0 {unit}, not {value!r}"
            raise ValueError(msg)
