"""Sampling of step tables: what shapes a run has that came to its end."""

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.step_words import STEP_WORDS
from ohmloom_sim.coverage.array_points import layer_bin, several, size_bin
from ohmloom_sim.coverage.counts import CoverCounts

__all__ = ["TableSampler"]

Fields = dict[str, int]


class TableSampler:
    """Follows the step table as the host writes it, and counts the shapes of its runs.

    Parameters
    ----------
    spec
        The chip.
    counts
        Where samples go.
    """

    def __init__(self, spec: ChipSpec, counts: CoverCounts) -> None:
        self._spec, self._counts = spec, counts
        self._words: dict[int, int] = {}
        self._started: list[Fields] | None = None
        self._finished: list[Fields] = []
        self.steps = 0
        """Content of STEPS."""

    def write(self, place: int, word: int) -> None:
        """Note a word of the step table."""
        self._words[place] = word

    def start(self) -> None:
        """Note that a run begins."""
        self._started = [self._step(number) for number in range(self.steps)]

    def finish(self) -> None:
        """Note that it has come to its end, and count it."""
        if self._started is None:
            return
        self._finished, self._started = self._started, None
        for step in self._finished:
            rows = size_bin(step["rows"], self._spec.data_rows)
            columns = size_bin(step["columns"], self._spec.data_columns)
            self._hit("rows used", rows)
            self._hit("columns used", columns)
            self._hit("rows and columns", f"{rows}, {columns}")
            self._hit("signs", "signed" if step["signed"] else "unsigned")
        layers = _layers(self._finished)
        self._hit("layers", layer_bin(len(layers)))
        for steps in layers:
            self._hit("steps of a layer", several(steps))
        tiles = [step["tile"] for step in self._finished]
        for tile in sorted(set(tiles)):
            self._hit("steps of a tile", several(tiles.count(tile)))

    def hidden(self, entry: int) -> bool:
        """Return whether a layer of the last run left an entry of the input buffer to the next."""
        return self._storing(entry, result=False) is not None

    def relu(self, entry: int) -> bool:
        """Return whether that layer has a ReLU."""
        step = self._storing(entry, result=False)
        return step is not None and bool(step["relu"])

    def is_result(self, entry: int) -> bool:
        """Return whether the last run left an entry in the result buffer."""
        return self._storing(entry, result=True) is not None

    def _storing(self, entry: int, *, result: bool) -> Fields | None:
        for step in self._finished:
            if step["finish"] and bool(step["result"]) == result:
                base = step["output_base"]
                if base <= entry < base + step["columns"]:
                    return step
        return None

    def _step(self, number: int) -> Fields:
        return {
            field.name: field.extract(self._words.get(len(STEP_WORDS) * number + place, 0))
            for place, fields in enumerate(STEP_WORDS)
            for field in fields
        }

    def _hit(self, name: str, bin_: str) -> None:
        self._counts.hit("shapes", name, bin_)


def _layers(steps: list[Fields]) -> list[int]:
    """Return the number of steps of each layer: one begins where a step takes what another left."""
    found: list[int] = []
    stored: set[int] = set()
    for step in steps:
        taken = range(step["input_base"], step["input_base"] + step["rows"])
        if not found or not stored.isdisjoint(taken):
            found.append(0)
            stored.clear()
        found[-1] += 1
        if step["finish"] and not step["result"]:
            stored.update(range(step["output_base"], step["output_base"] + step["columns"]))
    return found
