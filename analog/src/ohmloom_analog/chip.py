"""The analog side of a chip: all its tiles, programmed, aged, and ready to be read."""

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
from numpy.typing import ArrayLike

from ohmloom_analog.array_cells import ArrayCells, made_cells, restored_cells
from ohmloom_analog.cell_bank import PulseEngine
from ohmloom_analog.cell_streams import CellStreams
from ohmloom_analog.engines import ReadTiming, make_engine
from ohmloom_analog.errors import MappingError, StateError
from ohmloom_analog.fresh_cells import fresh_cells
from ohmloom_analog.lifetime import AMBIENT
from ohmloom_analog.seeds import stream
from ohmloom_analog.settling import Settling
from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.state import ChipState
from ohmloom_analog.tile import AnalogTile
from ohmloom_analog.tile_writer import TileWriter
from ohmloom_analog.transposed_read import TransposedRead

__all__ = ["AnalogChip"]


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class AnalogChip:
    """Everything that stands behind the array ports."""

    spec: ChipSpec
    """What it was built from."""
    seed: int
    """Of all its randomness."""
    tiles: tuple[AnalogTile, ...]
    """One an array port, in their order."""
    made: tuple[ArrayCells, ...]
    """What the tiles held before the first pulse, and what was done to it; one a tile."""
    read_only: bool = False
    """Whether it was made to be read alone: nothing writes its cells, nor knows their devices."""

    @property
    def cells(self) -> tuple[ArrayCells, ...]:
        """What the tiles hold now; one a tile."""
        return tuple(
            tile.writer.held() if tile.writable else held
            for tile, held in zip(self.tiles, self.made, strict=True)
        )

    @classmethod
    def build(
        cls,
        spec: ChipSpec,
        levels: Sequence[ArrayLike],
        *,
        engine: str,
        seed: int,
        age: float = 0.0,
        temperature: float = AMBIENT,
        program: Literal["ideal", "fresh"] = "ideal",
        read_only: bool = False,
    ) -> Self:
        """Program and assemble a chip.

        Parameters
        ----------
        spec
            The chip.
        levels
            Levels of the cells, one (R, lines) array a tile.
        engine
            One of `ohmloom_analog.engines.ENGINE_NAMES`; "transient" also has ngspice move the
            cells under pulses, which takes about a second each.
        seed
            Of all randomness. Each tile has streams of its own for programming, for each effect
            and for the noise of its converters, so no tile's draws depend on another's, nor on
            the engine.
        age
            Time since programming [s].
        temperature
            Of the chip since then [K].
        program
            "ideal" for cells at their levels, effects included, without a pulse; "fresh" for cells
            that are formed and reset and wait for pulses, see `ohmloom_analog.fresh_cells`. The
            levels are then what the cells shall be written to.
        read_only
            Whether to leave out what only writing and saving need, the states of the devices. It
            takes less than half the time, and changes nothing that is read.

        Raises
        ------
        MappingError
            Where the levels don't fit the chip.
        SpecError
            Where cells are fresh and the chip doesn't say how they are written.
        EngineError
            Where the engine is missing.
        ValueError
            Where the model of an effect doesn't hold for the cells, their age or temperature.
        """
        if len(levels) != spec.tiles:
            msg = f"levels must be given for {spec.tiles} tiles, not {len(levels)}"
            raise MappingError(msg)
        if program == "fresh":
            if read_only:
                msg = "fresh cells must be written before they are read, not be read only"
                raise ValueError(msg)
            if (age, temperature) != (0.0, AMBIENT):
                msg = f"fresh cells must have an age of 0 s at {AMBIENT:g} K, not {age:g} s at "
                msg += f"{temperature:g} K"
                raise ValueError(msg)
            fresh = [fresh_cells(spec, i, wanted, seed) for i, wanted in enumerate(levels)]
            return cls._of(spec, fresh, engine=engine, seed=seed)
        return cls._of(
            spec,
            [
                made_cells(
                    spec,
                    index,
                    wanted,
                    seed,
                    age=age,
                    temperature=temperature,
                    devices=not read_only,
                )
                for index, wanted in enumerate(levels)
            ],
            engine=engine,
            seed=seed,
            read_only=read_only,
        )

    @classmethod
    def from_state(
        cls,
        spec: ChipSpec,
        state: ChipState,
        *,
        engine: str,
        age: float | None = None,
        temperature: float | None = None,
    ) -> Self:
        """Assemble a chip whose arrays are as they were saved.

        Parameters
        ----------
        age, temperature
            To read the chip at another age [s] or temperature [K] than it was saved at; its cells
            then age from what was programmed. None for as it was saved.

        Raises
        ------
        StateError
            Where the state is of another chip.
        EngineError
            Where the engine is missing.
        """
        state.check(spec)
        return cls._of(
            spec,
            [
                restored_cells(spec, index, tile, state.seed, age=age, temperature=temperature)
                for index, tile in enumerate(state.tiles)
            ],
            engine=engine,
            seed=state.seed,
        )

    @classmethod
    def _of(
        cls,
        spec: ChipSpec,
        cells: Sequence[ArrayCells],
        *,
        engine: str,
        seed: int,
        read_only: bool = False,
    ) -> Self:
        streams = np.random.SeedSequence(seed).spawn(2 * spec.tiles)
        tiles = tuple(
            AnalogTile(
                spec,
                index,
                held.conductance,
                make_engine(engine, timing=ReadTiming.of(spec)),
                np.random.default_rng(streams[2 * index + 1]),
                law=held.law,
                broken=held.broken,
                noise=held.noise(spec, index, seed),
                wire_factor=held.wire_factor,
                writer=None if read_only else _writer(spec, index, held, seed, engine),
                transposed=_transposed(spec, index, seed, engine),
            )
            for index, held in enumerate(cells)
        )
        return cls(spec=spec, seed=seed, tiles=tiles, made=tuple(cells), read_only=read_only)

    def state(self) -> ChipState:
        """Return what the arrays hold, to be saved or handed to another engine.

        Raises
        ------
        StateError
            Where the chip is read only.
        """
        if self.read_only:
            msg = f"chip '{self.spec.name}' must know its devices to have a state, not be read only"
            raise StateError(msg)
        return ChipState(
            spec_hash=self.spec.hash,
            seed=self.seed,
            tiles=tuple(held.state for held in self.cells),
        )

    @property
    def touched(self) -> Mapping[str, int]:
        """How many cells each effect has touched, over all tiles; one that is off isn't listed."""
        counts: dict[str, int] = {}
        for held in self.cells:
            for name, count in held.touched.items():
                counts[name] = counts.get(name, 0) + count
        return counts

    @property
    def flagged(self) -> int:
        """Cells with anything wrong, see `ohmloom_analog.state.CellFlag`, over all tiles."""
        return sum(held.flagged for held in self.cells)

    @property
    def conversions(self) -> int:
        """Codes given so far, by all tiles."""
        return sum(tile.conversions for tile in self.tiles)

    @property
    def settling(self) -> Mapping[int, Settling]:
        """By how much reads weren't settled, by the tile; of tiles whose engine knows of time."""
        found = {index: tile.settling for index, tile in enumerate(self.tiles)}
        return {index: worst for index, worst in found.items() if worst is not None}

    @property
    def clipped(self) -> int:
        """Codes given so far that were clipped, by all tiles."""
        return sum(tile.clipped for tile in self.tiles)


def _transposed(spec: ChipSpec, index: int, seed: int, engine: str) -> TransposedRead | None:
    if spec.learning is None or not spec.learning.transposed:
        return None
    solver = make_engine(engine, timing=ReadTiming.of(spec))
    return TransposedRead(spec, index, solver, stream(seed, index, "transposed"))


def _writer(
    spec: ChipSpec, index: int, held: ArrayCells, seed: int, engine: str
) -> TileWriter | None:
    if spec.tile_specs[index].write is None:
        return None
    pulses: PulseEngine | None = None
    if engine == "transient":
        pulses = importlib.import_module("ohmloom_analog.engines.spice_pulses").SpicePulses()
    streams = CellStreams(seed=seed, tile=index)
    return TileWriter(spec, index, held, streams, engine=pulses)
