"""What rounding does to spiking neurons: a row for each integer, and what each state holds."""

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["RoundingRow", "StateRange", "worst_rounding"]


@dataclass(frozen=True, kw_only=True, slots=True)
class RoundingRow:
    """One integer of one neuron beside the value that it stands for."""

    layer: str
    """Name of the neurons' node."""
    neuron: int
    """Place in the layer, from 0."""
    parameter: str
    """What was rounded. `weight` is the one of the neuron that is off most, `rest` and
    `synapse_rest` are where a leak that rounds to nothing may leave the state."""
    wanted: float
    """Value asked for."""
    code: int
    """The integer: of a weight with the sign of its gain, of a threshold that isn't subtracted the
    greatest membrane without a spike, one less than the neuron's."""
    shift: int
    """Its fraction bits, 0 for a weight, which counts in steps of its neuron's scale."""
    value: float
    """What the integer stands for."""
    against: float
    """Magnitude that the error is compared with: of a potential the way from rest to the threshold,
    of a weight the neuron's largest, of a bias at least the current that holds the threshold, of
    `synapse_rest` the largest spike, and of anything else the value itself."""

    @property
    def error(self) -> float:
        """Value less the one asked for."""
        return self.value - self.wanted

    @property
    def relative(self) -> float:
        """Magnitude of the error as a part of what it is compared with."""
        return abs(self.error) / self.against if self.error else 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class StateRange:
    """What a neuron's membrane or synapse holds."""

    layer: str
    """Name of the neurons' node."""
    neuron: int
    """Place in the layer, from 0."""
    state: str
    """`membrane` or `synapse`."""
    fraction_bits: int
    """A step is 2 to the power of minus this, in the unit of the potentials."""
    reach: float
    """Greatest magnitude that inputs can drive it to, `inf` where there is no end."""
    held: float
    """Magnitude at which it saturates."""


def worst_rounding(rows: Iterable[RoundingRow]) -> dict[str, RoundingRow]:
    """Return by parameter the row with the greatest relative error."""
    worst: dict[str, RoundingRow] = {}
    for row in rows:
        if row.parameter not in worst or row.relative > worst[row.parameter].relative:
            worst[row.parameter] = row
    return worst
