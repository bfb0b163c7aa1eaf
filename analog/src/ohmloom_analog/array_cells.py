"""The cells of one tile as they are read: from levels, or from a saved state.

Levels go through programming, effects and age in that order, see `ohmloom_analog.programming`,
`ohmloom_analog.effects` and `ohmloom_analog.lifetime`. A saved state skips what has happened to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ohmloom_analog.access import cell_law
from ohmloom_analog.ageing import wire_resistance
from ohmloom_analog.cells import CellLaw
from ohmloom_analog.device_cells import device_state
from ohmloom_analog.effects import Programmed, cell_windows, with_effects
from ohmloom_analog.lifetime import Cuts, aged, cuts
from ohmloom_analog.memory_law import MemoryCells
from ohmloom_analog.programming import program_tile
from ohmloom_analog.read_noise import ReadNoise
from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.state import CellFlag, TileState

__all__ = ["ArrayCells", "array_of", "made_cells", "restored_cells"]

Floats = NDArray[np.float64]

_PROGRAMMED = "programmed"
"""In a saved state, beside the device's own: the conductance before ageing [S]."""


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class ArrayCells:
    """What a tile holds."""

    state: TileState
    """As it would be saved."""
    law: CellLaw
    """What the cells make of their conductances."""
    broken: Cuts
    """Lines that are cut."""
    wire_factor: float
    """What the temperature makes of the resistance of the wires."""

    @property
    def touched(self) -> Mapping[str, int]:
        """Cells that each effect has touched; one that is off isn't listed."""
        return self.state.touched

    @property
    def conductance(self) -> Floats:
        """Of each memory, (R, lines + 1) [S]."""
        return self.state.conductance

    @property
    def flagged(self) -> int:
        """Cells with anything wrong, see `ohmloom_analog.state.CellFlag`."""
        assert self.state.flags is not None
        return int(np.count_nonzero(self.state.flags))

    def at_read(self, v_read: float) -> Floats:
        """Return what the whole cells conduct at the read voltage, (R, lines + 1) [S]."""
        volts = np.full(self.conductance.shape, v_read)
        return self.law.current_and_slope(volts, self.conductance)[0] / v_read

    def noise(self, spec: ChipSpec, index: int, seed: int) -> ReadNoise | None:
        """Return the noise of reads, begun anew, or None where there is none."""
        effects = spec.tile_specs[index].effects
        if not set(effects.active) & {"read_noise", "flicker", "telegraph", "johnson", "shot"}:
            return None
        volts = np.full(self.conductance.shape, spec.dac.v_read)
        current, slope = self.law.current_and_slope(volts, self.conductance)
        # A memory's deviation reaches its cell's current by the memory's share of the voltage.
        share = np.divide(
            slope, self.conductance, out=np.zeros(slope.shape), where=self.conductance > 0
        )
        driver, sense = self.broken.lost(self.conductance.shape)
        sensitivity = np.where(
            driver | sense, 0.0, current / spec.dac.v_read * np.minimum(share, 1.0)
        )
        return ReadNoise(
            spec,
            index,
            self.state.device.get(_PROGRAMMED, self.conductance),
            sensitivity,
            seed=seed,
            age=self.state.age,
            temperature=self.state.temperature,
        )


def made_cells(
    spec: ChipSpec,
    index: int,
    levels: ArrayLike,
    seed: int,
    *,
    age: float,
    temperature: float,
    devices: bool = True,
) -> ArrayCells:
    """Program a tile with levels (R, lines), and let it age.

    Parameters
    ----------
    devices
        Whether to find the states of the devices, too, which takes longer than all else. Cells
        that are read as ohmic and never written don't need them.

    Raises
    ------
    MappingError
        Where the levels aren't the tile's.
    ValueError
        Where the model of an effect doesn't hold for the cells, their age or temperature.
    """
    # Programming keeps the stream that it has always had, the first of two of a tile.
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(2 * index,)))
    ideal = program_tile(spec, index, levels, rng)
    programmed = with_effects(spec, index, ideal, seed)
    if spec.tile_specs[index].cell.spread > 0:
        touched = {"spread": ideal.size, **programmed.touched}
        programmed = replace(programmed, touched=touched)
    reference = np.zeros((spec.rows, 1), dtype=np.int64)
    wanted = np.hstack([np.asarray(levels, dtype=np.int64), reference])
    return _lived(
        spec,
        index,
        wanted,
        programmed,
        seed,
        age=age,
        temperature=temperature,
        devices=devices or spec.tile_specs[index].effects.nonlinear,
    )


def restored_cells(
    spec: ChipSpec,
    index: int,
    saved: TileState,
    seed: int,
    *,
    age: float | None = None,
    temperature: float | None = None,
) -> ArrayCells:
    """Take the cells of a tile over from a saved state, as they were or at another age."""
    assert saved.flags is not None
    years = saved.age if age is None else age
    kelvin = saved.temperature if temperature is None else temperature
    begun = saved.device.get(_PROGRAMMED, saved.conductance)
    lowest, _, _ = cell_windows(spec, index, seed)
    programmed = Programmed(
        conductance=begun, lowest=lowest, flags=saved.flags.copy(), touched=saved.touched
    )
    if (years, kelvin) != (saved.age, saved.temperature):
        return _lived(spec, index, saved.levels, programmed, seed, age=years, temperature=kelvin)
    as_saved = array_of(spec, index, saved, seed)
    return replace(as_saved, state=replace(saved, touched=as_saved.touched))


def _lived(
    spec: ChipSpec,
    index: int,
    levels: NDArray[np.int64],
    programmed: Programmed,
    seed: int,
    *,
    age: float,
    temperature: float,
    devices: bool = True,
) -> ArrayCells:
    lived = aged(spec, index, programmed, seed, age=age, temperature=temperature)
    conductance = lived.conductance
    extra = dict(device_state(spec, index, lived.ambient)) if devices else {}
    if not np.array_equal(conductance, programmed.conductance):
        extra[_PROGRAMMED] = programmed.conductance
    state = TileState(
        levels=levels,
        conductance=conductance,
        device=extra,
        flags=programmed.flags,
        age=age,
        temperature=temperature,
        touched={**programmed.touched, **lived.touched},
    )
    return array_of(spec, index, state, seed)


def array_of(spec: ChipSpec, index: int, state: TileState, seed: int) -> ArrayCells:
    """Return the cells of a tile that are in a state, as they are read."""
    assert state.flags is not None
    group = spec.tile_specs[index]
    broken = cuts(spec, index, seed)
    counts = dict(state.touched)
    flags = state.flags.copy()
    for name, lost in zip(
        ("broken_word", "broken_bit"), broken.lost(state.conductance.shape), strict=True
    ):
        if name in group.effects.active:
            counts[name] = int(lost.sum())
        flags[lost] |= np.uint8(CellFlag.BROKEN)
    law = cell_law(group.cell)
    if group.effects.nonlinear:
        counts["nonlinear"] = state.conductance.size
        law = MemoryCells.of(group.cell, state.device, state.conductance, spec.dac.v_read)
    factor = 1.0
    if group.effects.temperature.wire > 0:
        wire = group.effects.temperature.wire
        factor = float(wire_resistance(1.0, state.temperature, coefficient=wire))
    array = ArrayCells(
        state=replace(state, flags=flags, touched=counts),
        law=law,
        broken=broken,
        wire_factor=factor,
    )
    reads = array.noise(spec, index, seed)
    if reads is None:
        return array
    return replace(array, state=replace(array.state, touched={**counts, **reads.touched}))
