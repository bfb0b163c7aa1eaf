"""How many fraction bits a state gets, between what it must hold and how fine it must be.

A state that holds everything its inputs could ever drive it to may be too coarse: what a leak takes
in a tick rounds to nothing within ``0.5 / leak`` steps of rest, and there the state stays. So range
comes first as long as the steps are fine enough, and gives way then, since a state saturates and
doesn't wrap. It never gives way to less than one tick of all inputs.
"""

from dataclasses import dataclass
from math import ceil, floor, inf, log2

from ohmloom_analog.neurons import COEFFICIENT_BITS

__all__ = ["StateNeed", "fraction_bits"]

_MOST = 60
"""Fraction bits are within plus and minus this many, which no file of use comes near."""
_STEPS = 32
"""Steps of the swing times the leak that are fine enough: the leak then stops within 1/64 of it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StateNeed:
    """What a state is for, in the unit of its potentials."""

    reach: float
    """Greatest magnitude that inputs can drive it to, `inf` where there is no end."""
    burst: float
    """Greatest magnitude that one tick adds."""
    potentials: float
    """Greatest magnitude of what has to be held at any cost, such as the threshold."""
    swing: float
    """What must be resolved: the way from rest to the threshold, or one spike's current."""
    leak: float
    """dt / tau of the state."""
    gain: float
    """What a step of that which drives it adds; its multiplier has 16 bits."""
    shares: tuple[int, int]
    """Where range gives way, the swing takes from 2^-first to 2^-second of it, by the leak."""


def fraction_bits(need: StateNeed, limit: int) -> int:
    """Return the fraction bits of a state, negative where a step is more than 1.

    Parameters
    ----------
    limit
        Greatest magnitude of the state in steps.
    """
    least, most = (limit >> share for share in need.shares)
    steps = min(max(_STEPS / need.leak if need.leak else 0.0, least), most)
    fine = ceil(log2(steps) - log2(need.swing)) if need.swing else _MOST
    wanted = max(_places(limit, need.reach), min(fine, _places(limit, need.burst)))
    most_gain = (1 << COEFFICIENT_BITS) - 1
    bounds = _places(limit, need.potentials), _places(most_gain, need.gain)
    return max(-_MOST, min(wanted, *bounds))


def _places(limit: int, value: float) -> int:
    """Return the most fraction bits with which a value stays within a limit."""
    if value == 0:
        return _MOST
    return -_MOST if value == inf else min(_MOST, floor(log2(limit) - log2(value)))
