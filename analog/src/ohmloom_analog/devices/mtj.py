"""A spin-torque magnetic tunnel junction: two states, and chance.

=======  ==============================================================  ========
symbol   name                                                            unit
=======  ==============================================================  ========
R_P      resistance of the parallel state                                ohm
R_AP     resistance of the antiparallel state                            ohm
TMR      tunnel magnetoresistance, (R_AP - R_P) / R_P                    1
V_h      voltage at which the TMR has halved                             V
RA       resistance-area product                                         ohm m^2
Delta    barrier over k T                                                1
I_c0     critical current                                                A
alpha    damping                                                         1
eta      spin efficiency                                                 1
H_k      anisotropy field, as mu_0 H_k                                   T
T_C      Curie temperature                                               K
x        share of the parallel state's conductance: 1 for P, 0 for AP    1
=======  ==============================================================  ========

::

    R_P = RA / A,   R_AP(v) = R_P (1 + TMR(v)),   TMR(v) = TMR_0 / (1 + (v / V_h)^2)
    TMR_0 = 2 P^2 / (1 - P^2),   P(T) = P_0 (1 - 2e-5 T^1.5)
    Delta(T) k T = Delta(300 K) k 300 K ((1 - T/T_C) / (1 - 300 K/T_C))^0.4
    I_c0 = (4 q / hbar) (alpha / eta) Delta k T
    tau_D = (1 + alpha^2) / (alpha gamma mu_0 H_k)

v > 0 drives towards P, which is the easier way; towards AP the critical current is 1.5 times as
high. The current of the pulse is taken in the state before it. A current of the other sign than
switches holds the cell where it is.

Sources: polarisation, magnetisation and V_h by UMN's model (sosapio/Spintronic-Pattern-Recognition
at 7113c66680), critical currents of perpendicular junctions. The default is a 40 nm junction with
RA = 7 ohm um^2, TMR 150 %, Delta 60.
"""

import dataclasses
import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ohmloom_analog.devices.mtj_switching import (
    disturb_probability,
    mean_switching_time,
    switching_probability,
)
from ohmloom_analog.devices.protocol import ParameterRange, State
from ohmloom_analog.devices.spice_text import DRIVE, INSIDE, one_state_subcircuit
from ohmloom_analog.ranges import checked

__all__ = ["Mtj", "MtjParameters", "mtj"]

Floats = NDArray[np.float64]

_BOLTZMANN = 1.380649e-23
_CHARGE = 1.602176634e-19
_HBAR = 1.054571817e-34
_GYROMAGNETIC = 1.760859630e11
_ROOM = 300.0
_POLARISATION_LOSS = 2e-5


@dataclass(frozen=True, kw_only=True, slots=True)
class MtjParameters:
    """Parameters of a junction, at 300 K."""

    diameter: float = 40e-9
    """Of the round junction [m]."""
    resistance_area: float = 7e-12
    """RA of the parallel state [ohm m^2]."""
    tmr: float = 1.5
    """TMR_0: at 0 V and 300 K."""
    v_half: float = 0.5
    """V_h [V]."""
    barrier: float = 60.0
    """Delta at 300 K."""
    damping: float = 0.01
    """alpha."""
    efficiency: float = 0.6
    """eta."""
    anisotropy: float = 4e-7 * math.pi * 3e5
    """mu_0 H_k [T]."""
    curie: float = 1420.0
    """T_C [K]."""
    asymmetry: float = 1.5
    """Critical current towards AP over that towards P."""

    def __post_init__(self) -> None:
        """Check."""
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if not 0 < value < math.inf:
                msg = f"{field.name} of a junction must be finite and above 0, not {value!r}"
                raise ValueError(msg)

    @property
    def r_parallel(self) -> float:
        """R_P [ohm]."""
        return self.resistance_area / (math.pi * self.diameter**2 / 4)

    @property
    def tau_d(self) -> float:
        """tau_D [s]."""
        return (1 + self.damping**2) / (self.damping * _GYROMAGNETIC * self.anisotropy)

    def barrier_at(self, temperature: float) -> float:
        """Return Delta at a temperature [K]."""
        magnet = (1 - temperature / self.curie) / (1 - _ROOM / self.curie)
        return self.barrier * _ROOM / temperature * math.pow(magnet, 0.4)

    def critical_current(self, temperature: float = _ROOM) -> float:
        """Return I_c0 towards P [A]; towards AP it is `asymmetry` times as high."""
        energy = self.barrier_at(temperature) * _BOLTZMANN * temperature
        return 4 * _CHARGE / _HBAR * self.damping / self.efficiency * energy

    def tmr_at(self, voltage: ArrayLike, temperature: float = _ROOM) -> Floats:
        """Return the TMR at voltages [V] and a temperature [K]."""
        polarisation = math.sqrt(self.tmr / (2 + self.tmr)) * (
            (1 - _POLARISATION_LOSS * temperature**1.5) / (1 - _POLARISATION_LOSS * _ROOM**1.5)
        )
        at_zero = 2 * polarisation**2 / (1 - polarisation**2)
        tmr: Floats = at_zero / (1 + (np.asarray(voltage, dtype=np.float64) / self.v_half) ** 2)
        return tmr

    def r_antiparallel(self, voltage: ArrayLike, temperature: float = _ROOM) -> Floats:
        """Return R_AP at voltages [V] and a temperature [K], in ohm."""
        return self.r_parallel * (1 + self.tmr_at(voltage, temperature))


class Mtj:
    """A junction; `parallel` is 1 or 0.

    Its subcircuit has the conductance x G_P + (1 - x) G_AP(v). It switches deterministically: x
    goes from one end to the other within the mean switching time of the current that flows, and
    stands still below the critical current; all as at 300 K.
    """

    technology: Literal["rram", "pcm", "mram"] = "mram"
    state_names: tuple[str, ...] = ("parallel",)
    linear: bool = False

    def __init__(self, parameters: MtjParameters, *, name: str = "mtj") -> None:
        self.name = name
        self.parameters = parameters
        self.valid = ParameterRange(
            source="UMN's MTJ model at 7113c66680; typical 40 nm perpendicular junction",
            voltage=(-1.0, 1.0),
            temperature=(233.0, 423.0),
        )

    def window(self, v_read: float) -> tuple[float, float]:
        """Return the conductances of the two states, I/V at `v_read` [S]."""
        p = self.parameters
        return 1 / float(p.r_antiparallel(v_read)), 1 / p.r_parallel

    def conductance(self, state: State, v_read: float) -> Floats:
        """Return I/V at `v_read` [S]."""
        low, high = self.window(v_read)
        return low + (high - low) * state["parallel"]

    def state_for(self, conductance: ArrayLike, v_read: float) -> State:
        """Return the state in which I/V at `v_read` is `conductance` [S].

        Raises
        ------
        ValueError
            Where a conductance is neither of the two.
        """
        wanted = np.asarray(conductance, dtype=np.float64)
        low, high = self.window(v_read)
        parallel = np.isclose(wanted, high, rtol=1e-6, atol=0.0)
        wrong = np.flatnonzero(~(parallel | np.isclose(wanted, low, rtol=1e-6, atol=0.0)))
        if wrong.size:
            msg = (
                f"conductance of a {self.name} cell must be {low:.6g} or {high:.6g} S "
                f"at {v_read:g} V, not {float(wanted.ravel()[wrong[0]])!r}"
            )
            raise ValueError(msg)
        return {"parallel": parallel.astype(np.float64)}

    def current(self, voltage: ArrayLike, state: State) -> Floats:
        """Return the current while the state stands still [A]; exactly 0 at 0 V."""
        return self.current_and_slope(voltage, state)[0]

    def current_and_slope(self, voltage: ArrayLike, state: State) -> tuple[Floats, Floats]:
        """Return current [A] and dI/dV [S] while the state stands still."""
        p, v = self.parameters, np.asarray(voltage, dtype=np.float64)
        x = np.asarray(state["parallel"], dtype=np.float64)
        tmr = p.tmr_at(v)
        anti = 1 / (p.r_parallel * (1 + tmr))
        mixed = x / p.r_parallel + (1 - x) * anti
        # d(TMR)/dv = -2 v TMR / (V_h^2 + v^2)
        bend = (1 - x) * anti * 2 * v**2 * tmr / ((1 + tmr) * (p.v_half**2 + v**2))
        return v * mixed, mixed + bend

    def pulse(
        self,
        state: State,
        voltage: ArrayLike,
        width: float,
        *,
        rng: np.random.Generator | None = None,
        temperature: float = _ROOM,
    ) -> State:
        """Return the state after a rectangular pulse; the protocol tells the parameters.

        Raises
        ------
        ValueError
            Also where there is no `rng`.
        """
        if rng is None:
            msg = f"rng must be a Generator for a {self.name}, which switches by chance, not None"
            raise ValueError(msg)
        parallel = np.asarray(state["parallel"], dtype=np.float64) >= 0.5
        chance = self.switching(state, voltage, width, temperature)
        switched = rng.random(parallel.shape) < chance
        return {"parallel": (parallel ^ switched).astype(np.float64)}

    def switching(
        self, state: State, voltage: ArrayLike, width: float, temperature: float = _ROOM
    ) -> Floats:
        """Return the chance of each cell to leave its state within a pulse.

        Raises
        ------
        ValueError
            Where voltage or temperature are outside the valid range, or the width is negative.
        """
        p = self.parameters
        parallel = np.asarray(state["parallel"], dtype=np.float64) >= 0.5
        volts = np.broadcast_to(np.asarray(voltage, dtype=np.float64), parallel.shape)
        checked("width of a pulse", width, 0.0, unit="s")
        checked(f"voltage across a {self.name} cell", volts, *self.valid.voltage, unit="V")
        kelvin = float(
            checked(
                f"temperature of a {self.name} cell", temperature, *self.valid.temperature, unit="K"
            )
        )
        resistance = np.where(parallel, p.r_parallel, p.r_antiparallel(volts, kelvin))
        critical = p.critical_current(kelvin) * np.where(parallel, -p.asymmetry, 1.0)
        drive = volts / resistance / critical
        return switching_probability(drive, width, p.barrier_at(kelvin), p.tau_d)

    def read_disturb(
        self, state: State, voltage: ArrayLike, width: float, temperature: float = _ROOM
    ) -> Floats:
        """Return the chance that a read flips each cell, by the linear law.

        A read in the direction that holds a state is taken as no better than none.
        """
        p = self.parameters
        parallel = np.asarray(state["parallel"], dtype=np.float64) >= 0.5
        volts = np.asarray(voltage, dtype=np.float64)
        resistance = np.where(parallel, p.r_parallel, p.r_antiparallel(volts, temperature))
        critical = p.critical_current(temperature) * np.where(parallel, -p.asymmetry, 1.0)
        drive = np.maximum(volts / resistance / critical, 0.0)
        return disturb_probability(drive, width, p.barrier_at(temperature))

    def subcircuit(self, name: str) -> str:
        """Return the ngspice subcircuit; the protocol tells its nodes and parameters."""
        p = self.parameters
        tmr = f"({p.tmr!r}/(1+({DRIVE}/{p.v_half!r})**2))"
        current = f"{DRIVE}/{p.r_parallel!r}*({INSIDE}+(1-{INSIDE})/(1+{tmr}))"
        critical = p.critical_current()
        # At twice the critical current the mean time is this; the rate is linear in i - 1.
        rate = 1 / float(mean_switching_time(2.0, p.barrier, p.tau_d))
        set_rate = f"max(I(vsense)/{critical!r}-1,0)"
        reset_rate = f"max(-I(vsense)/{p.asymmetry * critical!r}-1,0)"
        return one_state_subcircuit(
            name,
            current=current,
            rate=f"{rate!r}*({set_rate}-{reset_rate})",
            reach=self.valid.voltage[1],
        )

    def normalised(self, state: State) -> Floats:
        """Return 1 for the parallel state, 0 for the antiparallel one."""
        return np.asarray(state["parallel"], dtype=np.float64)

    def from_normalised(self, x: ArrayLike) -> State:
        """Return the states that are nearer to `x`: a junction rests in no other."""
        share = checked("normalised state", x, 0.0, 1.0)
        return {"parallel": (share >= 0.5).astype(np.float64)}


def mtj() -> Mtj:
    """Return a typical junction."""
    return Mtj(MtjParameters())
