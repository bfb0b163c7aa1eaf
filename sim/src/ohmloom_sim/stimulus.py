"""What drives the arrays of a chip, kept so that it can be replayed on any engine."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.chip import AnalogChip
from ohmloom_analog.errors import OhmloomError, StateError
from ohmloom_analog.integer import run_integers
from ohmloom_analog.lifetime import AMBIENT
from ohmloom_analog.mapping import Mapping
from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.state import ChipState, state_arrays, state_of_arrays
from ohmloom_sim.files import replaced
from ohmloom_sim.passes import ideal_codes, step_passes
from ohmloom_sim.recording import Recording

__all__ = ["Stimulus"]

IntArray = NDArray[np.int64]

_STATE = "state."


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Stimulus:
    """A programmed chip and the passes that it goes through."""

    spec: ChipSpec
    """The chip."""
    levels: tuple[IntArray, ...]
    """Cell levels, one array of rows x lines a tile."""
    seed: int
    """Of the spread of the cells and of all noise."""
    tile: IntArray
    """Tile of each pass."""
    inputs: IntArray
    """DAC codes of each pass, passes x rows."""
    codes: IntArray
    """ADC codes as recorded, passes x lines; -1 where a line isn't converted."""
    age: float = 0.0
    """Time from programming to the passes [s]."""
    temperature: float = AMBIENT
    """Of the chip [K]."""
    state: ChipState | None = None
    """Arrays at that age and temperature; None where they follow from levels and seed."""

    def analog_chip(self, engine: str) -> AnalogChip:
        """Return the arrays, as they were or programmed anew and aged, behind an engine."""
        if self.state is not None:
            return AnalogChip.from_state(self.spec, self.state, engine=engine)
        return AnalogChip.build(
            self.spec,
            self.levels,
            engine=engine,
            seed=self.seed,
            age=self.age,
            temperature=self.temperature,
        )

    @classmethod
    def of_recording(
        cls,
        spec: ChipSpec,
        levels: tuple[IntArray, ...],
        seed: int,
        recording: Recording,
        *,
        age: float = 0.0,
        temperature: float = AMBIENT,
        state: ChipState | None = None,
    ) -> "Stimulus":
        """Take over what a co-simulation recorded."""
        return cls(
            spec=spec,
            levels=levels,
            seed=seed,
            tile=recording.tile,
            inputs=recording.inputs,
            codes=recording.codes,
            age=age,
            temperature=temperature,
            state=state,
        )

    @classmethod
    def of_inputs(cls, spec: ChipSpec, mapping: Mapping, inputs: IntArray, seed: int) -> "Stimulus":
        """Make the passes that the chip would go through if its analog part were perfect.

        No simulator is needed: the inputs of hidden layers are those of the integer model, and
        the codes are its codes.
        """
        outputs = run_integers(spec, mapping, inputs).layers
        layers = [np.asarray(inputs, dtype=np.int64), *outputs]
        tiles, driven, codes = [], [], []
        mask = (1 << spec.input.slice_bits) - 1
        for sample in range(len(inputs)):
            for place, step in zip(mapping.placements, mapping.table.steps, strict=True):
                x = layers[place.layer][sample, place.inputs.start : place.inputs.stop]
                used = step.columns * spec.lines_per_column
                for shift, sign in step_passes(spec, step):
                    dac = np.zeros(spec.rows, dtype=np.int64)
                    dac[: step.rows] = (np.maximum(sign * x, 0) >> shift) & mask
                    ideal = ideal_codes(spec, dac @ mapping.levels[step.tile])
                    selects = np.arange(spec.lines) % spec.adc.columns_per_adc
                    tiles.append(step.tile)
                    driven.append(dac)
                    codes.append(np.where(selects < used, ideal, -1))
        return cls(
            spec=spec,
            levels=mapping.levels,
            seed=seed,
            tile=np.array(tiles, dtype=np.int64),
            inputs=np.array(driven, dtype=np.int64).reshape(-1, spec.rows),
            codes=np.array(codes, dtype=np.int64).reshape(-1, spec.lines),
        )

    def save(self, path: Path) -> None:
        """Write as `.npz`."""
        levels = {f"levels_{tile}": held for tile, held in enumerate(self.levels)}
        held = {} if self.state is None else state_arrays(self.state)
        state = {_STATE + name: array for name, array in held.items()}
        description = np.array(json.dumps(self.spec.model_dump(mode="json")))
        with replaced(path) as beside, beside.open("wb") as file:
            np.savez_compressed(
                file,
                allow_pickle=False,
                spec=description,
                seed=np.array(self.seed),
                age=np.array(self.age),
                temperature=np.array(self.temperature),
                tile=self.tile,
                inputs=self.inputs,
                codes=self.codes,
                **levels,
                **state,
            )

    @classmethod
    def load(cls, path: Path) -> "Stimulus":
        """Read what `save` wrote.

        Raises
        ------
        OhmloomError
            Where the file is missing or isn't one of these.
        """
        if not path.is_file():
            msg = f"recording must be an existing file, not '{path}'"
            raise OhmloomError(msg)
        try:
            with np.load(path, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
        except (ValueError, OSError, EOFError, AttributeError, BadZipFile) as error:
            msg = f"recording must be an .npz file of plain arrays, not '{path}': {error}"
            raise OhmloomError(msg) from None
        missing = [n for n in ("spec", "seed", "tile", "inputs", "codes") if n not in arrays]
        if missing:
            there = ", ".join(sorted(arrays)) or "nothing"
            msg = f"recording {path} must hold the array {missing[0]}, not only {there}"
            raise OhmloomError(msg)
        spec = ChipSpec.parse(json.loads(str(arrays["spec"])), source=str(path))
        return cls(
            spec=spec,
            levels=tuple(arrays[f"levels_{tile}"] for tile in range(spec.tiles)),
            seed=int(arrays["seed"]),
            tile=arrays["tile"],
            inputs=arrays["inputs"],
            codes=arrays["codes"],
            age=float(arrays.get("age", 0.0)),
            temperature=float(arrays.get("temperature", AMBIENT)),
            state=_state(arrays, spec, path),
        )


def _state(arrays: dict[str, NDArray[Any]], spec: ChipSpec, path: Path) -> ChipState | None:
    held = {n.removeprefix(_STATE): a for n, a in arrays.items() if n.startswith(_STATE)}
    if not held:
        return None
    try:
        state = state_of_arrays(held)
        state.check(spec)
    except KeyError as error:
        msg = f"recording {path} must hold the array {_STATE}{error.args[0]}"
        raise OhmloomError(msg) from None
    except (StateError, ValueError, TypeError) as error:
        msg = f"recording {path} holds a damaged state: {error}"
        raise OhmloomError(msg) from None
    return state
