"""How the cells of a tile are written: pulses, their ramps, and when a cell is good.

Drivers put a voltage on the word line of the selected cell to set it, and on its bit line to reset
it; a gate voltage limits the current where the cell has a transistor. What the pulses do to the
cells is the business of the devices behind the array port.
"""

from typing import Annotated, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from ohmloom_analog.spec_part import Fraction, NotNegative, Positive, SpecPart

__all__ = ["CODE_BITS", "PulseSpec", "RampOrder", "RampSpec", "WriteSpec"]

CODE_BITS = 12
"""Bits of the codes of drive and gate voltage, and at most of a verify code."""

RampOrder: TypeAlias = Literal["dgw", "dwg", "gdw", "gwd", "wdg", "wgd"]
"""Which of drive, gate and width grows first, second and last."""

_SHARES = {"1t1r": 0.0, "v/2": 1 / 2, "v/3": 1 / 3}


class RampSpec(SpecPart):
    """A quantity that grows from pulse to pulse, up to its last value."""

    start: NotNegative
    """Of the first pulse."""
    stop: NotNegative
    """The largest."""
    step: NotNegative = 0.0
    """From one pulse to the next; 0 where it doesn't grow."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.stop < self.start:
            msg = f"stop must be at least start = {self.start:g}, not {self.stop:g}"
            raise ValueError(msg)
        if self.stop > self.start and self.step == 0:
            msg = f"step must be above 0 from {self.start:g} to {self.stop:g}, not 0"
            raise ValueError(msg)
        return self


class PulseSpec(SpecPart):
    """The pulses of one direction."""

    drive: RampSpec
    """Voltage between the lines of the cell [V]."""
    gate: RampSpec = RampSpec(start=0.0, stop=0.0)
    """Voltage of the gate of its transistor [V]; without meaning where there is none."""
    width: RampSpec = RampSpec(start=1e-6, stop=1e-6)
    """Length of a pulse [s]."""
    order: RampOrder = "dgw"
    """Which grows first: drive, gate or width; the next grows when it is at its stop."""
    restart: bool = False
    """Whether those that grew before start anew when the next grows; else they stay."""


class WriteSpec(SpecPart):
    """The write-verify of a tile's cells.

    The pulses of a level lie between those of the lowest and those of the highest; `curve` says
    where.
    """

    scheme: Literal["1t1r", "v/2", "v/3"] = "1t1r"
    """What keeps the other cells out of it: transistors, or lines at a share of the voltage."""
    set: PulseSpec
    """Pulses that raise the conductance, for the lowest level."""
    set_top: PulseSpec | None = None
    """The same for the highest level; None for the same."""
    reset: PulseSpec
    """Pulses that lower it, for the lowest level."""
    reset_top: PulseSpec | None = None
    """The same for the highest level; None for the same."""
    curve: Positive = 1.0
    """Exponent of a level's place between the two: (level / highest level)^curve."""
    form: PulseSpec | None = None
    """Pulses that form a fresh cell, as long as it conducts less than level 0; None for none."""
    drive_full: Positive = 4.096
    """Voltage of the highest drive code, 4095 [V]."""
    gate_full: Positive = 4.096
    """Voltage of the highest gate code, 4095 [V]."""
    gate_read: Positive = 2.5
    """Gate voltage at which the transistor has the cell's r_access [V]."""
    gate_threshold: NotNegative = 0.5
    """Gate voltage at which the transistor begins to conduct [V]."""
    half_select: Positive | None = None
    """Voltage below which an unselected cell stays as it is [V]; needed by v/2 and v/3."""
    half_select_reset: Positive | None = None
    """The same while another cell is reset; None for the same."""
    cycle_spread: Fraction = 0.0
    """Standard deviation, from pulse to pulse, of the change of conductance, as a fraction of it;
    `ohmloom_analog.cell_pulse` tells of its distribution."""
    tolerance: Annotated[float, Field(gt=0, le=0.5)] = 0.35
    """How far a cell may be from its level, as a fraction of the distance of levels."""
    headroom: Annotated[float, Field(ge=1, le=4)] = 1.25
    """Full scale of a verify read, as a multiple of g_max."""
    pulses: Annotated[int, Field(ge=1, le=255)] = 64
    """Pulses that a cell gets at most."""
    flips: Annotated[int, Field(ge=0, le=63)] = 30
    """Changes of direction that a cell may take."""
    confirm: Annotated[int, Field(ge=1, le=16)] = 3
    """Reads in a row that must lie within tolerance."""
    average: Literal[1, 2, 4, 8, 16] = 1
    """Conversions of one read."""
    relax_time: NotNegative = 0.0
    """After which a good cell is read again, and written again if it moved [s]; 0 for never."""
    rail_time: NotNegative = 250e-9
    """From the switching of the lines to a pulse, and to a read after it [s]."""
    discharge_time: NotNegative = 100e-9
    """From the end of a pulse to the next switching of the lines [s]."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        pulses = {
            "set": self.set,
            "set_top": self.set_top,
            "reset": self.reset,
            "reset_top": self.reset_top,
            "form": self.form,
        }
        for name, pulse in pulses.items():
            if pulse is None:
                continue
            for what, ramp, full in (
                ("drive", pulse.drive, self.drive_full),
                ("gate", pulse.gate, self.gate_full),
            ):
                if ramp.stop > full:
                    msg = (
                        f"{name}.{what} must be at most {what}_full = {full:g} V, "
                        f"not {ramp.stop:g} V"
                    )
                    raise ValueError(msg)
            self._check_unselected(name, pulse.drive.stop)
        if self.gate_read <= self.gate_threshold:
            msg = (
                f"gate_read must be above gate_threshold = {self.gate_threshold:g} V, "
                f"not {self.gate_read:g} V"
            )
            raise ValueError(msg)
        for low, high in (("set", self.set_top), ("reset", self.reset_top)):
            first: PulseSpec = getattr(self, low)
            if high is not None and (high.order, high.restart) != (first.order, first.restart):
                msg = f"{low}_top must have the order and restart of {low}, not others"
                raise ValueError(msg)
        return self

    def _check_unselected(self, name: str, drive: float) -> None:
        share = _SHARES[self.scheme]
        if share == 0:
            return
        if self.half_select is None:
            msg = f"half_select must be given for the scheme {self.scheme}, not left out"
            raise ValueError(msg)
        what, bound = "half_select", self.half_select
        if name.startswith("reset") and self.half_select_reset is not None:
            what, bound = "half_select_reset", self.half_select_reset
        if drive * share >= bound:
            msg = (
                f"{name}.drive must leave unselected cells below {what} = "
                f"{bound:g} V with the scheme {self.scheme}, not at {drive * share:g} V"
            )
            raise ValueError(msg)
