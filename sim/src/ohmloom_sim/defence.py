"""What each layer of a chip's defence covers, what it doesn't, and what it costs."""

from dataclasses import asdict, dataclass
from typing import Any

from ohmloom_analog.ecc_spec import NO_DEFENCE, EccSpec
from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.an_pass import AnPass
from ohmloom_hw.check_shape import LIMIT_BITS, CheckShape
from ohmloom_hw.codes.column_code import ColumnCode
from ohmloom_hw.codes.residue import ResidueCode
from ohmloom_hw.memory_layout import corrected_layouts
from ohmloom_hw.residue_pass import ResiduePass
from ohmloom_sim.column_checks import column_bounds

__all__ = ["DefenceLayer", "Thresholds", "defence_layers", "single_layers", "thresholds"]


@dataclass(frozen=True, kw_only=True, slots=True)
class DefenceLayer:
    """One layer of defence."""

    name: str
    """The key of the description, and its value."""
    covers: str
    """What it stands up to."""
    leaves: str
    """What it doesn't."""
    cells: int
    """Cells of the arrays that it takes, of all tiles."""
    memory_bits: int
    """Bits of digital memory that it takes."""
    cycles: int
    """Clock cycles that it adds to a step at least, where nothing is read again."""

    def to_json(self) -> dict[str, Any]:
        """Return the layer as plain data."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True, slots=True)
class Thresholds:
    """From where on the checks see an error of one column, for blocks of a size."""

    columns: int
    """Columns of the block."""
    checks: int
    """Checks of the block."""
    bound: int
    """Largest bound of one of its columns [sum LSB]."""
    flag: int
    """T_0: flagged is a sum that is off by more [sum LSB]."""
    correct: int
    """T: corrected is a column where the sum is off by more [sum LSB]."""

    always_flagged: int
    """Every larger error is flagged [sum LSB]."""
    always_corrected: int
    """Every larger error is located and corrected [sum LSB]."""

    def to_json(self) -> dict[str, Any]:
        """Return the thresholds as plain data."""
        return asdict(self)


def defence_layers(spec: ChipSpec) -> tuple[DefenceLayer, ...]:
    """Return the layers that a chip is built with, from the array to the host."""
    ecc = spec.defence
    found = [
        *_reading(spec, ecc),
        *_coding(spec, ecc),
        *_correcting(spec, ecc),
    ]
    if ecc.secded:
        found.append(
            DefenceLayer(
                name="secded",
                covers="one wrong bit in each word of the memories, in every run",
                leaves="two in a word end the run; three may pass for one; registers have no code",
                cells=0,
                memory_bits=sum(memory.added_bits for memory in corrected_layouts(spec).values()),
                cycles=0,
            )
        )
    return tuple(found)


def thresholds(spec: ChipSpec) -> tuple[Thresholds, ...]:
    """Return the thresholds of the blocks of a tile, each size once; none without checksums.

    The bounds are those of noise and rounding of the converters; a calibration measures them.
    """
    ecc = spec.defence
    if not ecc.checksums:
        return ()
    bounds = column_bounds(spec, signed=spec.input.signed, average=ecc.average)
    found = {}
    for size in _blocks(spec, ecc):
        code = ColumnCode(columns=size)
        limits = code.limits(bounds[:size].tolist(), independent=True)
        found[size] = Thresholds(
            columns=size,
            checks=code.checks,
            bound=int(bounds[:size].max()),
            flag=limits.checks[0],
            correct=limits.correct,
            always_flagged=code.flagged_above(limits),
            always_corrected=code.located_above(limits),
        )
    return tuple(found.values())


def single_layers(spec: ChipSpec) -> dict[str, ChipSpec]:
    """Return the chip without any layer, with each of them alone, and with all, by name."""
    chips = {"none": spec.model_copy(update={"ecc": None})}
    ecc = spec.ecc
    if ecc is None:
        return chips
    helpers = {"block", "rereads"}
    # Columns stay where they are, so that all of these chips have the same arrays.
    names = [n for n in EccSpec.model_fields if n not in {*helpers, "reference_columns"}]
    for name in names:
        value = getattr(ecc, name)
        if value != getattr(NO_DEFENCE, name):
            kept = {n: getattr(ecc, n) for n in helpers}
            part = EccSpec.model_validate({name: value, **kept})
            chips[name] = spec.model_copy(update={"ecc": part})
    return {**chips, "all": spec}


def _reading(spec: ChipSpec, ecc: EccSpec) -> list[DefenceLayer]:
    found = []
    once = _conversion_cycles(spec)
    if ecc.average > 1:
        found.append(
            DefenceLayer(
                name=f"average = {ecc.average}",
                covers=f"noise of reads, which falls to 1/{ecc.average**0.5:.3g}",
                leaves="whatever is the same in each read: cells, wires, stuck lines",
                cells=0,
                memory_bits=0,
                cycles=once * (ecc.average - 1),
            )
        )
    if ecc.vote > 1:
        found.append(
            DefenceLayer(
                name=f"vote = {ecc.vote}",
                covers="a spike in one of three reads, whose median is taken",
                leaves="spikes in two of them: 3 p^2 - 2 p^3 of the conversions",
                cells=0,
                memory_bits=0,
                cycles=once * ecc.average * (ecc.vote - 1),
            )
        )
    if ecc.reissue:
        found.append(
            DefenceLayer(
                name="reissue",
                covers="conversions that clip: their step is read again in half slices",
                leaves="those that clip in half slices, too; they are counted, column by column",
                cells=0,
                memory_bits=16 * spec.tiles * spec.columns,
                cycles=0,
            )
        )
    if ecc.row_scale:
        found.append(
            DefenceLayer(
                name="row_scale",
                covers="what wires take from inputs, row by row",
                leaves="what they take column by column: that is calibrated",
                cells=0,
                memory_bits=8 * spec.tiles * spec.rows,
                cycles=0,
            )
        )
    return found


def _plain_lines(spec: ChipSpec) -> int:
    return spec.model_copy(update={"ecc": None}).lines


def _coding(spec: ChipSpec, ecc: EccSpec) -> list[DefenceLayer]:
    found = []
    if ecc.an != "none":
        found.append(
            DefenceLayer(
                name=f'an = "{ecc.an}"',
                covers="one wrong power of two in each sum of exact reads"
                + (", and other errors are flagged" if ecc.an == "abn" else ""),
                leaves="two at once" + ("" if ecc.an == "abn" else ", which may pass for one"),
                cells=spec.tiles * spec.rows * (spec.lines - _plain_lines(spec)),
                memory_bits=0,
                cycles=AnPass.shortest(spec),
            )
        )
    if ecc.residue:
        bits = ResidueCode.of(spec).bits
        found.append(
            DefenceLayer(
                name=f"residue = {ecc.residue}",
                covers="a wrong sum of exact reads is flagged, and the step read again",
                leaves=f"errors that are multiples of {ecc.residue}; those that stay are counted",
                cells=0,
                memory_bits=spec.tiles * spec.columns * spec.rows * bits,
                # The predictions are made while lines are converted.
                cycles=max(
                    0,
                    ResiduePass.predicting(spec)
                    - ecc.average * ecc.vote * _conversion_cycles(spec),
                )
                + ResiduePass.comparing(spec),
            )
        )
    return found


def _correcting(spec: ChipSpec, ecc: EccSpec) -> list[DefenceLayer]:
    found = []
    if ecc.checksums:
        shape = CheckShape.of(spec)
        work = shape.weights // spec.tiles
        bits = shape.weights * shape.entry_bits + shape.limits * LIMIT_BITS
        found.append(
            DefenceLayer(
                name=f"checksums, block = {ecc.block}",
                covers="one wrong column in each block: flagged, located, corrected",
                leaves="two in a block, which may pass for another; small errors, see below",
                cells=0,
                memory_bits=bits,
                # The predictions are made while lines are converted; the columns are passed twice.
                cycles=max(0, work - ecc.average * ecc.vote * _conversion_cycles(spec))
                + spec.columns,
            )
        )
    if ecc.reference_columns:
        lines = ecc.reference_columns * spec.lines_per_column
        found.append(
            DefenceLayer(
                name=f"reference_columns = {ecc.reference_columns}",
                covers="temperature and drift are seen at known cells, and an alarm is raised",
                leaves="what differs from cell to cell",
                cells=spec.tiles * spec.rows * lines,
                memory_bits=0,
                cycles=-(-lines // spec.adcs) * spec.conversion_cycles,
            )
        )
    if ecc.drift_factor:
        found.append(
            DefenceLayer(
                name="drift_factor",
                covers="what all cells lose together, by one factor for all gains",
                leaves="the spread of the drift from cell to cell",
                cells=0,
                memory_bits=0,
                cycles=0,
            )
        )
    return found


def _blocks(spec: ChipSpec, ecc: EccSpec) -> list[int]:
    count = spec.data_columns
    return [min(ecc.block, count - first) for first in range(0, count, ecc.block)]


def _conversion_cycles(spec: ChipSpec) -> int:
    """Return the cycles in which a full step converts, each line once a pass."""
    rounds = min(spec.adc.columns_per_adc, spec.lines)
    return spec.input.slices * rounds * (spec.conversion_cycles + 1)
