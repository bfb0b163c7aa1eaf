"""Are two engines the same array? One stimulus, replayed on both, compared where it counts."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.engines import ReadTiming, make_engine
from ohmloom_analog.errors import OhmloomError
from ohmloom_analog.read_order import conversion_rounds
from ohmloom_sim.stimulus import Stimulus

__all__ = ["Equivalence", "Replay", "compare", "replay"]

IntArray = NDArray[np.int64]
Floats = NDArray[np.float64]

# All node voltages of a pass are a solve of their own in SPICE; a few passes a tile tell enough.
_NODE_PASSES = 4


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Replay:
    """What a chip answers to a stimulus."""

    currents: Floats
    """Of the converted lines, the reference subtracted, passes x lines [A]."""
    codes: IntArray
    """Passes x lines; -1 where a line wasn't converted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Equivalence:
    """How far two engines are apart under the same stimulus."""

    engines: tuple[str, str]
    """The two."""
    passes: int
    """Settings of word lines that were replayed."""
    conversions: int
    """Codes that were compared."""
    volts_max: float
    """Largest difference at a cell's terminal, in the passes of which nodes were solved [V]."""
    volts_rms: float
    """The same, root of the mean square [V]."""
    node_passes: int
    """Passes of which nodes were solved."""
    amperes_max: float
    """Largest difference of a line's current [A]."""
    amperes_rms: float
    """The same, root of the mean square [A]."""
    relative_max: float
    """Largest difference of a current over the largest current of its pass."""
    codes_identical: float
    """Share of the conversions that give the same code."""
    lsb_max: int
    """Largest difference of a code [LSB]."""
    lsb_rms: float
    """The same, root of the mean square [LSB]."""
    as_recorded: float
    """Share of the first engine's codes that equal the recorded ones."""

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain data."""
        return asdict(self)


def replay(
    stimulus: Stimulus, engine: str, *, on_progress: Callable[[int], None] | None = None
) -> Replay:
    """Build the chip of a stimulus anew and send the passes through it.

    Word lines and conversions come in the order in which they came, so the chip draws the same
    random numbers.

    Parameters
    ----------
    on_progress
        Called after each pass with the number of passes that are through.
    """
    chip = stimulus.analog_chip(engine)
    currents = np.zeros(stimulus.codes.shape)
    codes = np.full(stimulus.codes.shape, -1, dtype=np.int64)
    for index, tile in enumerate(stimulus.tile):
        array = chip.tiles[tile]
        array.apply(stimulus.inputs[index])
        currents[index] = array.currents
        for lines in _rounds(stimulus, index):
            codes[index, lines], _ = array.convert(lines)
        if on_progress is not None:
            on_progress(index + 1)
    return Replay(currents=currents, codes=codes)


def compare(
    stimulus: Stimulus,
    first: str,
    second: str,
    *,
    on_progress: Callable[[int], None] | None = None,
) -> Equivalence:
    """Replay a stimulus on two engines and tell the differences.

    Parameters
    ----------
    on_progress
        Called with the number of passes that are through, of twice those of the stimulus.

    Raises
    ------
    OhmloomError
        Where the stimulus has no pass.
    EngineError
        Where an engine is missing or fails.
    """
    passes = len(stimulus.tile)
    if passes == 0:
        msg = "recording must have at least one pass, not 0"
        raise OhmloomError(msg)

    def second_half(done: int) -> None:
        if on_progress is not None:
            on_progress(passes + done)

    a = replay(stimulus, first, on_progress=on_progress)
    b = replay(stimulus, second, on_progress=second_half)
    volts, node_passes = _node_differences(stimulus, first, second)
    used = stimulus.codes >= 0
    amperes = a.currents - b.currents
    largest = np.maximum(np.abs(a.currents), np.abs(b.currents)).max(axis=1, keepdims=True)
    lsb = (a.codes - b.codes)[used]
    return Equivalence(
        engines=(first, second),
        passes=passes,
        conversions=int(used.sum()),
        volts_max=float(np.abs(volts).max()),
        volts_rms=_rms(volts),
        node_passes=node_passes,
        amperes_max=float(np.abs(amperes).max()),
        amperes_rms=_rms(amperes),
        relative_max=float((np.abs(amperes) / np.where(largest > 0, largest, 1.0)).max()),
        codes_identical=float((lsb == 0).mean()),
        lsb_max=int(np.abs(lsb).max()),
        lsb_rms=_rms(lsb),
        as_recorded=float((a.codes == stimulus.codes)[used].mean()),
    )


def _rounds(stimulus: Stimulus, index: int) -> Iterator[IntArray]:
    for lines in conversion_rounds(stimulus.spec):
        if (stimulus.codes[index, lines] >= 0).any():
            yield lines


def _node_differences(stimulus: Stimulus, first: str, second: str) -> tuple[Floats, int]:
    """Return all differences of node voltages in some passes of each tile, and of how many."""
    chip = stimulus.analog_chip("ideal")
    differences: list[Floats] = []
    solved = 0
    for tile in np.unique(stimulus.tile):
        array = chip.tiles[tile]
        timing = ReadTiming.of(stimulus.spec)
        engines = [make_engine(name, timing=timing) for name in (first, second)]
        for engine in engines:
            engine.load(array.crossbar)
        distinct = np.unique(stimulus.inputs[stimulus.tile == tile], axis=0)
        chosen = np.linspace(0, len(distinct) - 1, min(_NODE_PASSES, len(distinct))).astype(int)
        for codes in distinct[chosen]:
            array.apply(codes)
            a, b = (engine.node_voltages(array.voltages) for engine in engines)
            differences += [a.word - b.word, a.bit - b.bit]
            solved += 1
    return np.stack([np.ravel(part) for part in differences]), solved


def _rms(values: NDArray[Any]) -> float:
    return float(np.sqrt((values.astype(np.float64) ** 2).mean()))
