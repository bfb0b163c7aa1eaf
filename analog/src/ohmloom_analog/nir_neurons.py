"""What NIR's neurons do in one step of time.

======  ==================================  ====
symbol  name                                unit
======  ==================================  ====
dt      step, a tick                        s
tau     time constant                       s
R       resistance                          -
v       membrane                            -
i       synaptic current                    -
S       what the weights give in a tick     -
======  ==================================  ====

NIR states neurons as differential equations and leaves the step to whoever runs them. Taken here is
the forward Euler step, with a spike as a current of 1 that lasts one tick, as the importers of
snnTorch and SpiNNaker2 do::

    LIF, LI    v += dt / tau * (v_leak - v + R S)
    CubaLIF    i += dt / tau_syn * (w_in S - i), then v += dt / tau_mem * (v_leak - v + R i)
    IF         v += R S
    Threshold  v = S

and a spike where v > v_threshold, which sets v to v_reset. Four choices are in it:

- dt isn't in an IF neuron's step. By its equation a current of 1 for one tick would add R dt; the
  importers of snnTorch, Norse and SpiNNaker2 add R, as if a spike were an impulse, and files are
  written for that.
- A current-based neuron's membrane sees the current of the same tick, as in snnTorch. A strict
  forward step would have it see that of the tick before: without loops the same spikes, one tick
  later a layer.
- A Threshold is a leaky neuron with dt / tau of 1. The greatest coefficient, 65535 of 65536, rounds
  to the whole way in states of up to 16 bits, and leaves 2^-16 of it in wider ones.
- States are 0 before the first tick, but a bias in front of a current-based neuron counts as if it
  had been there for long, so that i begins at w_in times it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.errors import MappingError
from ohmloom_analog.neurons import NeuronKind
from ohmloom_analog.nir_fields import spread
from ohmloom_analog.nir_file import NirNode

__all__ = ["NeuronStep", "neuron_step"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class NeuronStep:
    """The step of a layer's neurons; every array is (neurons,), potentials in the file's unit."""

    kind: NeuronKind
    """What the neurons are."""
    leak: Floats
    """dt / tau of the membrane, 0 to 1; 0 where it keeps what it has, 1 where it forgets."""
    synapse_leak: Floats
    """dt / tau of the synapse, 0 to 1; 0 without one."""
    drive: Floats
    """What S of 1 adds to the membrane, or to the synapse where there is one."""
    couple: Floats
    """What a synaptic current of 1 adds to the membrane, 1 without a synapse."""
    bias_gain: Floats
    """What a bias of 1 adds to the membrane in every tick."""
    threshold: Floats
    """Membrane above which a neuron spikes; 0 in a readout, which never does."""
    v_leak: Floats
    """Membrane that the leak draws to."""
    v_reset: Floats
    """Membrane after a spike."""


def neuron_step(node: NirNode, shape: tuple[int, ...], dt: float) -> NeuronStep:
    """Return the step of a node's neurons.

    Parameters
    ----------
    shape
        Of the signal that they take; parameters fit it, or are one number for all.
    dt
        Duration of a tick [s].

    Raises
    ------
    MappingError
        Where a parameter is missing, not finite or doesn't fit, a time constant is shorter than dt,
        or neurons would reset to above their threshold.
    """
    reader = _Reader(node=node, shape=shape, dt=dt)
    return reader.threshold() if node.kind == "Threshold" else reader.integrator()


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class _Reader:
    node: NirNode
    shape: tuple[int, ...]
    dt: float

    def _all(self, value: float) -> Floats:
        return np.full(int(np.prod(self.shape)), value)

    def _has(self, name: str) -> bool:
        return self.node.fields.get(name) is not None

    def _given(self, name: str) -> Floats:
        return spread(self.node, name, self.shape)

    def _leak(self, name: str) -> Floats:
        tau = self._given(name)
        if (tau < self.dt).any():
            msg = f"{name} of {self.node} must be at least dt = {self.dt} s, not {tau.min()}"
            raise MappingError(msg)
        return self.dt / tau

    def threshold(self) -> NeuronStep:
        level = self._given("threshold")
        return NeuronStep(
            kind="lif",
            leak=self._all(1.0),
            synapse_leak=self._all(0.0),
            drive=self._all(1.0),
            couple=self._all(1.0),
            bias_gain=self._all(1.0),
            threshold=level,
            v_leak=self._all(0.0),
            # The next tick forgets it, so anything below the threshold will do.
            v_reset=np.minimum(0.0, level - 1.0),
        )

    def integrator(self) -> NeuronStep:
        kinds: dict[str, NeuronKind] = {"IF": "if", "LIF": "lif", "LI": "li", "CubaLIF": "cuba_lif"}
        kind = kinds[self.node.kind]
        resistance = self._given("r")
        moving: dict[str, Any] = {
            "leak": self._all(0.0),
            "synapse_leak": self._all(0.0),
            "couple": self._all(1.0),
            "v_leak": self._all(0.0) if kind == "if" else self._given("v_leak"),
        }
        if kind == "cuba_lif":
            moving["leak"], moving["synapse_leak"] = self._leak("tau_mem"), self._leak("tau_syn")
            weight = self._given("w_in") if self._has("w_in") else self._all(1.0)
            moving["couple"] = resistance * moving["leak"]
            moving["drive"] = weight * moving["synapse_leak"]
            moving["bias_gain"] = moving["couple"] * weight
        else:
            if kind != "if":
                moving["leak"] = self._leak("tau")
            moving["drive"] = resistance * moving["leak"] if kind != "if" else resistance
            moving["bias_gain"] = moving["drive"]
        return NeuronStep(kind=kind, **moving, **self._potentials(kind))

    def _potentials(self, kind: NeuronKind) -> dict[str, Floats]:
        if kind == "li":
            return {"threshold": self._all(0.0), "v_reset": self._all(0.0)}
        threshold = self._given("v_threshold")
        # Older files lack it, and then it is 0 by NIR's own reading.
        reset = self._given("v_reset") if self._has("v_reset") else self._all(0.0)
        above = np.flatnonzero(reset > threshold)
        if len(above):
            j = int(above[0])
            msg = (
                f"v_reset of {self.node} must not be above v_threshold, which is "
                f"{threshold[j]} in neuron {j}, not {reset[j]}"
            )
            raise MappingError(msg)
        return {"threshold": threshold, "v_reset": reset}
