"""A device from measured pulses: conductance against the number of equal SET or RESET pulses.

The table is a CSV file with a header. Its columns:

=====================  ===========================================================
column                 what it holds
=====================  ===========================================================
``branch``             ``set`` or ``reset``
``pulse``              how many pulses of the branch have been given: 0, 1, 2, ...
``conductance``        after that pulse [S]
any further column     a repetition of the measurement, likewise [S]
=====================  ===========================================================

Lines that begin with # are remarks. Both branches begin at pulse 0 and miss no pulse. Their means
over the repetitions are fitted by the nearest monotone curve, rising for SET and falling for
RESET, and drawn straight through where that stands still: a cell remembers its conductance alone,
so that it would never leave a level on which two pulses lie.

A pulse moves a cell along its branch by one pulse, from where its conductance is on it; between
pulses a branch is linear, and a pulse of another width than the measured one is that share of a
pulse. With repetitions, the standard deviation of the step from one pulse to the next, as root
mean square over the branch, is the spread from cycle to cycle.
"""

import csv
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import isotonic_regression

from ohmloom_analog.devices.protocol import ParameterRange, State
from ohmloom_analog.devices.spice_text import DRIVE, HELD, INSIDE, one_state_subcircuit
from ohmloom_analog.ranges import checked

__all__ = ["Branch", "MeasuredDevice", "MeasuredPulses", "load_measured"]

Floats = NDArray[np.float64]

_MOST = 1000.0


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Branch:
    """What equal pulses of one polarity do."""

    conductance: Floats
    """Mean after each pulse, from pulse 0 on, strictly monotone, (n,) [S]."""
    step_sigma: float
    """Standard deviation of a step over the repetitions, 0 for one [S]."""

    def after(self, conductance: ArrayLike, pulses: float) -> Floats:
        """Return the mean conductance after further pulses, or a share of one [S]."""
        now = np.asarray(conductance, dtype=np.float64)
        count = np.arange(len(self.conductance), dtype=np.float64)
        falls = self.conductance[-1] < self.conductance[0]
        sign = -1.0 if falls else 1.0
        place = np.interp(sign * now, sign * self.conductance, count)
        there: Floats = np.interp(place + pulses, count, self.conductance)
        # A cell beyond the end of the branch isn't brought back to it.
        return np.minimum(now, there) if falls else np.maximum(now, there)

    def slope_text(self, window: tuple[float, float], width: float) -> str:
        """Return dx/dt under a pulse as ngspice writes it, of `INSIDE` = x in [0, 1].

        It is constant between two pulses, so the piecewise linear function has steep steps.
        """
        low, high = window
        x = (self.conductance - low) / (high - low)
        slope = np.diff(x) / width
        if x[-1] < x[0]:
            x, slope = x[::-1], slope[::-1]
        edge = 1e-3 * float(np.diff(x).min())
        places = np.stack([x[:-1] + edge, x[1:] - edge], axis=1).ravel()
        points = np.stack([places, np.repeat(slope, 2)], axis=1).ravel()
        return f"pwl({INSIDE},{','.join(f'{float(value)!r}' for value in points)})"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class MeasuredPulses:
    """Both branches."""

    set: Branch
    """Under SET pulses."""
    reset: Branch
    """Under RESET pulses."""
    source: str
    """File, or publication."""

    @property
    def window(self) -> tuple[float, float]:
        """Lowest and highest conductance that both branches hold together [S]."""
        both = np.concatenate([self.set.conductance, self.reset.conductance])
        return float(both.min()), float(both.max())


class MeasuredDevice:
    """A device of measured pulses; `conductance` is its state.

    Pulses of at least `v_set` set, of at most -`v_reset` reset, and others do nothing; the
    measurement knows one voltage of each, so higher ones than a tenth above it are refused. It
    knows one temperature, too.

    Parameters
    ----------
    pulses
        What was measured.
    name
        As registered.
    technology
        For reports.
    v_set, v_reset
        Magnitude of the measured pulses, both above 0 [V].
    width
        Of the measured pulses [s].
    temperature
        Of the measurement [K].

    Raises
    ------
    ValueError
        Where a voltage, the width or the temperature isn't finite and above 0.
    """

    state_names: tuple[str, ...] = ("conductance",)
    linear: bool = True

    def __init__(
        self,
        pulses: MeasuredPulses,
        *,
        name: str = "measured",
        technology: Literal["rram", "pcm", "mram"] = "rram",
        v_set: float = 1.0,
        v_reset: float = 1.0,
        width: float = 1e-6,
        temperature: float = 300.0,
    ) -> None:
        for label, value, unit in (
            ("v_set", v_set, "V"),
            ("v_reset", v_reset, "V"),
            ("width", width, "s"),
            ("temperature", temperature, "K"),
        ):
            if not 0 < value < math.inf:
                msg = f"{label} of measured pulses must be finite and above 0 {unit}, not {value!r}"
                raise ValueError(msg)
        self.pulses = pulses
        self.name, self.technology = name, technology
        self.v_set, self.v_reset, self.width = v_set, v_reset, width
        self.valid = ParameterRange(
            source=pulses.source,
            voltage=(-1.1 * v_reset, 1.1 * v_set),
            temperature=(temperature - 10.0, temperature + 10.0),
        )

    def window(self, v_read: float) -> tuple[float, float]:
        """Return the lowest and highest conductance, the same at any `v_read` [S]."""
        del v_read
        return self.pulses.window

    def conductance(self, state: State, v_read: float) -> Floats:
        """Return the conductance of cells, the same at any `v_read` [S]."""
        del v_read
        return state["conductance"]

    def state_for(self, conductance: ArrayLike, v_read: float) -> State:
        """Return the state in which I/V at `v_read` is `conductance` [S].

        Raises
        ------
        ValueError
            Where a conductance is outside the window.
        """
        low, high = self.window(v_read)
        name = f"conductance of a {self.name} cell"
        wanted = checked(name, conductance, low * (1 - 1e-9), high * (1 + 1e-9), unit="S")
        return {"conductance": np.clip(wanted, low, high)}

    def current(self, voltage: ArrayLike, state: State) -> Floats:
        """Return the current while the state stands still [A]; exactly 0 at 0 V."""
        return self.current_and_slope(voltage, state)[0]

    def current_and_slope(self, voltage: ArrayLike, state: State) -> tuple[Floats, Floats]:
        """Return current [A] and dI/dV [S] while the state stands still."""
        volts, slope = np.broadcast_arrays(
            np.asarray(voltage, dtype=np.float64), state["conductance"]
        )
        return volts * slope, slope

    def pulse(
        self,
        state: State,
        voltage: ArrayLike,
        width: float,
        *,
        rng: np.random.Generator | None = None,
        temperature: float = 300.0,
    ) -> State:
        """Return the state after a rectangular pulse; the protocol tells the parameters."""
        checked("width of a pulse", width, 0.0, unit="s")
        checked(
            f"temperature of a {self.name} cell", temperature, *self.valid.temperature, unit="K"
        )
        now = np.array(state["conductance"], dtype=np.float64)
        given = checked(
            f"voltage across a {self.name} cell", voltage, *self.valid.voltage, unit="V"
        )
        volts = np.broadcast_to(given, now.shape)
        # After so many pulses a mean has long come to its end.
        count = min(width / self.width, _MOST)
        for branch, written in (
            (self.pulses.set, volts >= self.v_set),
            (self.pulses.reset, volts <= -self.v_reset),
        ):
            mean = branch.after(now[written], count)
            if rng is not None:
                mean = mean + branch.step_sigma * math.sqrt(count) * rng.standard_normal(mean.shape)
            now[written] = np.clip(mean, *self.pulses.window)
        return {"conductance": now}

    def subcircuit(self, name: str) -> str:
        """Return the ngspice subcircuit; the protocol tells its nodes and parameters.

        The state follows the means in time, one pulse within `width`.
        """
        low, high = self.pulses.window
        up, down = (
            branch.slope_text((low, high), self.width)
            for branch in (self.pulses.set, self.pulses.reset)
        )
        rate = f"({HELD}>={self.v_set!r} ? {up} : ({HELD}<={-self.v_reset!r} ? {down} : 0))"
        return one_state_subcircuit(
            name,
            current=f"{DRIVE}*({low!r}+{high - low!r}*{INSIDE})",
            rate=rate,
            reach=self.valid.voltage[1],
        )

    def normalised(self, state: State) -> Floats:
        """Return conductances as a share of the window."""
        low, high = self.pulses.window
        return (state["conductance"] - low) / (high - low)

    def from_normalised(self, x: ArrayLike) -> State:
        """Return cells at `x` in [0, 1] of the window."""
        low, high = self.pulses.window
        share = checked("normalised state", x, 0.0, 1.0)
        return {"conductance": low + (high - low) * share}


def load_measured(path: Path) -> MeasuredPulses:
    """Read a table of measured pulses; the module tells its columns.

    Raises
    ------
    ValueError
        Where the file is missing or not such a table; it names the line.
    """
    if not path.is_file():
        msg = f"measured pulses must be an existing CSV file, not '{path}'"
        raise ValueError(msg)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        msg = f"measured pulses '{path}' must be UTF-8 text"
        raise ValueError(msg) from None
    rows = [
        (number, [field.strip() for field in fields])
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip() and not line.lstrip().startswith("#")
        for fields in csv.reader([line])
    ]
    if not rows or rows[0][1][:3] != ["branch", "pulse", "conductance"]:
        found = ",".join(rows[0][1]) if rows else ""
        msg = (
            f"header of measured pulses '{path}' must begin with branch,pulse,conductance, "
            f"not {found!r}"
        )
        raise ValueError(msg)
    branches: dict[str, list[list[float]]] = {"set": [], "reset": []}
    for number, fields in rows[1:]:
        place = f"line {number} of measured pulses '{path}'"
        _take(fields, len(rows[0][1]), branches, place)
    found_set, found_reset = (
        _fitted(name, np.array(branches[name], ndmin=2), path) for name in ("set", "reset")
    )
    return MeasuredPulses(set=found_set, reset=found_reset, source=path.name)


def _take(
    fields: list[str], columns: int, branches: dict[str, list[list[float]]], place: str
) -> None:
    """Add a line to its branch."""
    if len(fields) != columns:
        msg = f"{place} must have {columns} fields, not {len(fields)}"
        raise ValueError(msg)
    name, pulse, *values = fields
    if name not in branches:
        msg = f"branch in {place} must be set or reset, not {name!r}"
        raise ValueError(msg)
    expected = len(branches[name])
    if pulse != str(expected):
        msg = f"pulse in {place} must be {expected}, the next of its branch, not {pulse!r}"
        raise ValueError(msg)
    conductances = []
    for value in values:
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not 0 <= number < math.inf:
            msg = f"conductance in {place} must be a finite number of at least 0 S, not {value!r}"
            raise ValueError(msg)
        conductances.append(number)
    branches[name].append(conductances)


def _fitted(name: str, table: Floats, path: Path) -> Branch:
    """Return a branch from (pulses, repetitions)."""
    if table.shape[1] == 0 or len(table) < 2:
        msg = f"branch {name} of measured pulses '{path}' must have at least 2 lines, not "
        msg += f"{len(table) if table.shape[1] else 0}"
        raise ValueError(msg)
    mean = table.mean(axis=1)
    fit = isotonic_regression(mean, increasing=name == "set").x
    starts = np.concatenate([[0], np.flatnonzero(np.diff(fit)) + 1])
    if len(starts) == 1:
        moves = "rise" if name == "set" else "fall"
        msg = (
            f"branch {name} of measured pulses '{path}' must {moves}, "
            f"not go from {mean[0]:g} to {mean[-1]:g} S"
        )
        raise ValueError(msg)
    ends = np.concatenate([starts[1:], [len(fit)]]) - 1
    knots = (starts + ends) / 2
    knots[0], knots[-1] = 0, len(fit) - 1
    conductance = np.interp(np.arange(len(fit)), knots, fit[starts])
    sigma = 0.0
    if table.shape[1] > 1:
        sigma = float(np.sqrt(np.diff(table, axis=0).var(axis=1, ddof=1).mean()))
    return Branch(conductance=conductance, step_sigma=sigma)
