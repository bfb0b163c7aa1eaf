"""What departs from the ideal in an array: one switch an effect, all of them off unless given.

An amount of 0, or false, switches an effect off. Each effect draws from a stream of its own (see
`ohmloom_analog.seeds`), so that switching one changes no draw of another. Fractions are fractions:
a spread of 5 is refused, since 5 % is 0.05.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from ohmloom_analog.spec_part import Fraction, NotNegative, Positive, SpecPart

__all__ = [
    "DisturbSpec",
    "DriftSpec",
    "EffectsSpec",
    "EnduranceSpec",
    "FlickerSpec",
    "RetentionSpec",
    "SpreadSpec",
    "TelegraphSpec",
    "TemperatureSpec",
]


class SpreadSpec(SpecPart):
    """Lognormal spread; a plain number stands for both ends."""

    lrs: Fraction = 0.0
    """Standard deviation of ln G at g_max, a fraction."""
    hrs: Fraction = 0.0
    """Standard deviation of ln G at g_min, a fraction; between the two it is linear in G."""

    @model_validator(mode="before")
    @classmethod
    def _one_number(cls, data: Any) -> Any:
        plain = isinstance(data, (int, float)) and not isinstance(data, bool)
        return {"lrs": data, "hrs": data} if plain else data

    @property
    def on(self) -> bool:
        """Whether there is any."""
        return self.lrs > 0 or self.hrs > 0


class EnduranceSpec(SpecPart):
    """Wear: cells that were written too often stay at their highest conductance."""

    cycles: NotNegative = 0.0
    """How often each cell has been written before."""
    scale: Positive = 1e6
    """Cycles after which 63 % of the cells have failed."""
    shape: Positive = 1.5
    """Shape of the Weibull distribution of the cycles to failure."""


class DisturbSpec(SpecPart):
    """Half-select disturb: while later cells are written, earlier ones on their lines creep."""

    pulses: NotNegative = 0.0
    """Pulses that writing one cell takes."""
    fraction: Fraction = 1e-6
    """Share of the way to g_max that one half-select pulse moves a cell, where voltage is 0."""
    voltage: NotNegative = 0.0
    """Half-select voltage at which the cell's device says how far it creeps; 0 for `fraction`."""
    width: Positive = 1e-6
    """Width of a pulse [s]."""


class DriftSpec(SpecPart):
    """Change of the conductance with age: a power law, G = G_0 (1 + t / start)^-nu, or a walk."""

    model: Literal["none", "power", "pcm", "neurram", "cmo"] = "none"
    """'power' for one exponent with a spread; 'pcm' for the statistics of phase-change cells;
    'neurram' and 'cmo' for the relaxation of filaments, which spreads them."""
    exponent: NotNegative = 0.05
    """Mean of nu, for 'power'."""
    spread: NotNegative = 0.0
    """Standard deviation of nu from cell to cell, for 'power'."""
    start: Positive = 20.0
    """Time after programming at which the law starts [s]."""


class RetentionSpec(SpecPart):
    """Loss of the state with time and temperature, towards g_min."""

    model: Literal["none", "arrhenius", "device"] = "none"
    """'arrhenius' for the numbers below; 'device' for the cell's device, left at 0 V."""
    time: Positive = 3.15e8
    """Time in which the conductance above g_min falls by 10 %, at `temperature` [s]."""
    activation: Positive = 1.3
    """Activation energy [eV]."""
    temperature: Positive = 358.0
    """Temperature that `time` is for [K]."""


class TemperatureSpec(SpecPart):
    """How reads follow the temperature, from 300 K."""

    lrs: NotNegative = 0.0
    """Rise of the resistance of the conducting path [1/K]; metals 1e-3 to 2e-3."""
    hrs: NotNegative = 0.0
    """Activation energy of the conductance at g_min [eV]; 0.03 to 0.15."""
    wire: NotNegative = 0.0
    """Rise of the resistance of wires [1/K]; copper 4.51e-3."""

    @property
    def on(self) -> bool:
        """Whether there is any."""
        return self.lrs > 0 or self.hrs > 0 or self.wire > 0


class FlickerSpec(SpecPart):
    """1/f noise of a read: sigma/G = Q sqrt(ln((t + t_r) / 2 t_r)), t the age plus drift.start.

    Q = min(q / u^power, most), where u is the programmed G / g_max.
    """

    q: Fraction = 0.0
    """Q at g_max, a fraction."""
    power: NotNegative = 0.0
    """How Q rises towards small u = G / g_max; 0.65 for phase-change cells."""
    most: Fraction = 0.2
    """Largest Q, a fraction."""
    read_time: Positive = 250e-9
    """Duration of a read, t_r [s]."""


class TelegraphSpec(SpecPart):
    """Random telegraph noise: G (1 - a s), where s hops between 0 and 1."""

    fraction: Fraction = 0.0
    """Share of the cells that have it."""
    amplitude: Fraction = 0.01
    """Median of a, a fraction of the conductance."""
    spread: Fraction = 0.7
    """Standard deviation of ln a, a fraction."""
    fastest: Positive = 1e-6
    """Shortest mean time between hops [s]; the times are spread evenly in their logarithm."""
    slowest: Positive = 1.0
    """Longest mean time between hops [s]."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.fastest > self.slowest:
            msg = f"fastest must be at most slowest = {self.slowest:g} s, not {self.fastest:g} s"
            raise ValueError(msg)
        return self


class EffectsSpec(SpecPart):
    """All effects of the arrays of one group of tiles, in the order in which they act."""

    device_spread: SpreadSpec = SpreadSpec()
    """From device to device: each cell's window, drawn once."""
    cycle_spread: SpreadSpec = SpreadSpec()
    """From write to write: where in its window a cell ends."""
    programming_error: Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)] = 0.0
    """What write-verify leaves, as a multiple of the cell's `programming` model; with 'relative'
    and 'uniform' the standard deviation itself, a fraction of the target or of g_max."""
    endurance: EnduranceSpec = EnduranceSpec()
    """Wear."""
    p_stuck_hrs: Fraction = 0.0
    """Share of the cells that stay at their lowest conductance."""
    p_stuck_lrs: Fraction = 0.0
    """Share of the cells that stay at their highest conductance."""
    disturb: DisturbSpec = DisturbSpec()
    """Half-select disturb."""
    drift: DriftSpec = DriftSpec()
    """Drift with age."""
    retention: RetentionSpec = RetentionSpec()
    """Loss with age and temperature."""
    temperature: TemperatureSpec = TemperatureSpec()
    """Reads at another temperature."""
    broken_word: Fraction = 0.0
    """Share of the word lines that are cut somewhere."""
    broken_bit: Fraction = 0.0
    """Share of the bit lines that are cut somewhere."""
    nonlinear: bool = False
    """Whether cells are read with the current of their device, which isn't proportional to the
    voltage, in place of their conductance at the read voltage."""
    read_noise: Fraction = 0.0
    """White noise of each read, standard deviation as a fraction of the conductance."""
    flicker: FlickerSpec = FlickerSpec()
    """1/f noise."""
    telegraph: TelegraphSpec = TelegraphSpec()
    """Random telegraph noise."""
    johnson: bool = False
    """Thermal noise of the cells' conductance."""
    shot: bool = False
    """Shot noise of the lines' current."""
    bandwidth: Positive | None = None
    """Noise bandwidth of the converters [Hz]; by default 1 / (2 conversion_time)."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        total = self.p_stuck_hrs + self.p_stuck_lrs
        if total > 1:
            msg = f"p_stuck_hrs and p_stuck_lrs must be at most 1 together, not {total:g}"
            raise ValueError(msg)
        return self

    @property
    def active(self) -> tuple[str, ...]:
        """Names of the effects that are on, in the order in which they act."""
        amounts = {
            "device_spread": self.device_spread.on,
            "cycle_spread": self.cycle_spread.on,
            "programming_error": self.programming_error > 0,
            "endurance": self.endurance.cycles > 0,
            "p_stuck_hrs": self.p_stuck_hrs > 0,
            "p_stuck_lrs": self.p_stuck_lrs > 0,
            "disturb": self.disturb.pulses > 0,
            "drift": self.drift.model != "none",
            "retention": self.retention.model != "none",
            "temperature": self.temperature.on,
            "broken_word": self.broken_word > 0,
            "broken_bit": self.broken_bit > 0,
            "nonlinear": self.nonlinear,
            "read_noise": self.read_noise > 0,
            "flicker": self.flicker.q > 0,
            "telegraph": self.telegraph.fraction > 0,
            "johnson": self.johnson,
            "shot": self.shot,
        }
        return tuple(name for name, on in amounts.items() if on)

    def without(self, name: str) -> "EffectsSpec":
        """Return the same with one effect off."""
        return self.model_copy(update={name: EffectsSpec.model_fields[name].default})
