"""The slow modes of a sweep: what spans a crossbar, and hardly changes from sweep to sweep.

The eigenvalues of A, which a sweep applies, lie in [0, 1). A has no negative entry, so that
(A v)/v bounds the largest for any positive v (Collatz and Wielandt). Where it is large, it and
the next few belong to smooth fields: cosines, which a few sweeps turn into the modes.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

from ohmloom_analog.engines import kernels
from ohmloom_analog.engines.lanes import WIDTH
from ohmloom_analog.engines.protocol import Floats
from ohmloom_analog.engines.rough import Rough

__all__ = ["SlowModes", "slow_modes"]

Singles = NDArray[np.float32]

# Below this largest eigenvalue modes cost more than they save.
_SLOW = 0.03

# Pairs of half waves, down the bit lines and along the word lines, from the slowest on; one a lane.
_WAVES = [(0, 0), (0, 1), (1, 0), (1, 1), (0, 2), (2, 0)]

_SWEEPS = 3
_ROUNDS = 2

# On fewer lines the waves are too alike.
_FEWEST = 8


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class SlowModes:
    """m modes of unit energy, or none."""

    fields: Singles
    """Bit voltages, (R, L, m) [V]."""
    currents: Singles
    """What feeds the bit nodes to that effect, (R, L, m) [A]."""
    gain: Singles
    """How much more of each a solution holds than a sweep puts in, (m,)."""
    slowest: float
    """About the largest eigenvalue of all other modes."""


def slow_modes(rough: Rough) -> SlowModes:
    """Return what is worth knowing of the modes of a crossbar."""
    rows, lines = rough.cells.shape
    bound = _bound(rough)
    found = _found(rough) if bound > _SLOW and min(rows, lines) >= _FEWEST else None
    if found is None:
        none = np.empty((rows, lines, 0), np.float32)
        return SlowModes(fields=none, currents=none, gain=np.empty(0, np.float32), slowest=bound)
    return found


def _bound(rough: Rough) -> float:
    rough.x[:, :, 0] = _waves(rough, 0, 0)
    bound = 1.0
    for _ in range(_SWEEPS):
        rough.down()
        rough.up()
        # Where nothing conducts there is no mode either.
        after, before = rough.x[..., 0], rough.y[..., 0]
        grown = np.divide(after, before, out=np.zeros_like(after), where=before > 0)
        bound = min(bound, float(grown.max()))
    # Singles may round a bound close to 1 up.
    return min(max(bound, 1e-6), 1 - 1e-6)


def _found(rough: Rough) -> SlowModes | None:
    count, shape = len(_WAVES), (*rough.cells.shape, len(_WAVES))
    for k, (a, b) in enumerate(_WAVES):
        rough.x[:, :, k] = _waves(rough, a, b)
    fields = currents = np.empty(shape, np.float32)
    growth: Floats = np.empty(0)
    for _ in range(_ROUNDS):
        rough.down()
        rough.up()
        # What was fed to the fields, and what they feed in turn, give energies.
        rough.feed()
        fed = _flat(rough.t).copy()
        kernels.gather(rough.bits[0], rough.t)
        rough.up()
        rough.feed()
        found = _flat(rough.x)
        # Unmixed in between, all would turn into the slowest.
        growth, mix = _ritz(_products(found, fed), _products(found, _flat(rough.t)))
        if growth.size < count:
            return None
        fields, currents = (found @ mix).reshape(shape), (fed @ mix).reshape(shape)
        rough.x[:, :, :count] = fields
    growth = np.clip(growth, 1e-6, 1 - 1e-6)
    return SlowModes(
        fields=fields,
        currents=currents,
        gain=(growth / (1 - growth)).astype(np.float32),
        # The next mode has about half as much again of 1/growth - 1.
        slowest=float(1 / (1 + 1.5 * (1 / growth[0] - 1))),
    )


def _ritz(energy: Floats, gained: Floats) -> tuple[Floats, Singles]:
    """Return eigenvalues and the mixes that belong to them, or none where they are too alike."""
    size = np.sqrt(np.maximum(np.diag(energy), np.finfo(np.float64).tiny))
    scale = np.outer(size, size)
    try:
        growth, mix = eigh(gained / scale, energy / scale)
    except np.linalg.LinAlgError:
        return np.empty(0), np.empty((0, 0), np.float32)
    return growth, (mix / size[:, np.newaxis]).astype(np.float32)


def _products(fields: Singles, fed: Singles) -> Floats:
    answer = (fields.T @ fed).astype(np.float64)
    return (answer + answer.T) / 2


def _flat(values: Singles) -> Singles:
    """Return the lanes in use (R L, m)."""
    return values.reshape(-1, WIDTH)[:, : len(_WAVES)]


def _waves(rough: Rough, down: int, along: int) -> Floats:
    rows, lines = rough.cells.shape
    return np.outer(_cosine(rows, down), _cosine(lines, along))


def _cosine(nodes: int, waves: int) -> Floats:
    """Return a smooth voltage of a line whose last node is next to ground."""
    answer: Floats = np.cos(np.pi * (waves + 0.5) * (np.arange(nodes) + 0.5) / nodes)
    return answer
