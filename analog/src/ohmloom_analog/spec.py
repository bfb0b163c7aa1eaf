"""The one description from which gateware, analog chip, mapping, driver and report are made.

A `ChipSpec` is frozen and checked at birth. Everything in it is SI; lengths of time become clock
cycles here and nowhere else. The words: a *tile* is one array with its converters, a *line* is
one physical bit line, and a *column* is one logical output, which takes several lines.

=============  ==========================================================  ========================
symbol         name                                                        unit
=============  ==========================================================  ========================
R              rows of a tile                                              1
C              logical columns of a tile                                   1
v              input bits of one slice                                     bit
w              bits of one cell                                            bit
P              weight bits, sign included                                  bit
S              weight slices: cells that one magnitude is spread over      1
k              ADC step, as a power of two of the unit current             1
I_u            unit current: one input LSB across one cell LSB             A
=============  ==========================================================  ========================
"""

import hashlib
import importlib.resources
import json
import math
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import tomli_w
from pydantic import Field, ValidationError, model_validator

from ohmloom_analog.an_factor import DETECTION, smallest_factor
from ohmloom_analog.array_spec import CellSpec, TileSpec, WireSpec
from ohmloom_analog.converter_spec import AdcSpec, DacSpec, InputSpec, TiaSpec
from ohmloom_analog.ecc_spec import EccSpec
from ohmloom_analog.effects_spec import EffectsSpec
from ohmloom_analog.errors import SpecError
from ohmloom_analog.exact_reads import inexact_reads
from ohmloom_analog.spec_faults import fault_sentences
from ohmloom_analog.spec_part import SpecPart

__all__ = [
    "AdcSpec",
    "CellSpec",
    "ChipSpec",
    "DacSpec",
    "EccSpec",
    "EffectsSpec",
    "InputSpec",
    "TiaSpec",
    "TileSpec",
    "WireSpec",
    "load_spec",
    "preset_names",
    "write_spec",
]

_WORD_BITS = 32
_GAIN_HEADROOM_BITS = 2
# What a receiver bears over the ten bits of a byte, half of it left to the other side.
_RATE_TOLERANCE = 0.02


class ChipSpec(SpecPart):
    """A hybrid in-memory computer, whole.

    Raises
    ------
    pydantic.ValidationError
        Where a value is outside its bounds or contradicts another; a `ValueError`.
        `ChipSpec.parse` and `load_spec` raise `SpecError` with one sentence a fault instead.
    """

    name: Annotated[str, Field(min_length=1, max_length=64)] = "chip"
    """A name for reports and files."""
    tile: Annotated[tuple[TileSpec, ...], Field(min_length=1)]
    """The tiles, group by group."""
    encoding: Literal["diff_pair", "offset_column"] = "diff_pair"
    """How a signed weight is stored: as a difference of two cells, or shifted to be positive."""
    weight_bits: Annotated[int, Field(ge=2, le=16)] = 5
    """Bits P of a weight, its sign included."""
    input: InputSpec = InputSpec()
    """How numbers enter."""
    dac: DacSpec = DacSpec()
    """The drivers of the word lines."""
    tia: TiaSpec = TiaSpec()
    """The amplifiers at the bit lines."""
    adc: AdcSpec = AdcSpec()
    """The converters at the bit lines."""
    ecc: EccSpec | None = None
    """What it does against errors; None for nothing."""
    spare_columns: Annotated[int, Field(ge=0, le=64)] = 0
    """Columns of each tile that no network is mapped to, for repair; the last ones at first."""
    spare_rows: Annotated[int, Field(ge=0, le=64)] = 0
    """Rows of each tile that no network is mapped to, for repair; the last ones at first."""
    activation: Literal["relu", "none"] = "relu"
    """What stands between layers when a model doesn't say."""
    clock: Annotated[float, Field(ge=1e5, le=1e9)] = 12e6
    """Clock of the digital side [Hz]."""
    baud: Annotated[int, Field(ge=300)] = 3_000_000
    """Rate of the serial link [bit/s]."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        first = self.tile[0]
        for group in self.tile[1:]:
            for what in ("rows", "columns"):
                if getattr(group, what) != getattr(first, what):
                    msg = (
                        f"{what} must be equal in all tiles ({getattr(first, what)}), "
                        f"not {getattr(group, what)}"
                    )
                    raise ValueError(msg)
            if group.cell.levels != first.cell.levels:
                msg = (
                    f"cell.levels must be equal in all tiles ({first.cell.levels}), "
                    f"not {group.cell.levels}"
                )
                raise ValueError(msg)
        for what, spare, there in (
            ("spare_columns", self.spare_columns, first.columns),
            ("spare_rows", self.spare_rows, first.rows),
        ):
            if spare >= there:
                of = what.removeprefix("spare_")
                msg = f"{what} must be fewer than the {there} {of} of a tile, not {spare}"
                raise ValueError(msg)
        if self.data_columns < 1:
            msg = (
                f"columns must be more than the {self.spare_columns} spare and "
                f"{self.reference_columns} reference columns of a tile, not {self.columns}"
            )
            raise ValueError(msg)
        if self.lines > 2048:
            msg = f"bit lines of a tile must be at most 2048, not {self.lines}"
            raise ValueError(msg)
        if self.tiles > 64:
            msg = f"tiles must be at most 64, not {self.tiles}"
            raise ValueError(msg)
        if self.clock / self.baud < 4:
            msg = (
                f"baud must be at most a quarter of the clock ({self.clock / 4:g}), not {self.baud}"
            )
            raise ValueError(msg)
        ratio = self.clock / self.baud
        if abs(ratio / round(ratio) - 1) > _RATE_TOLERANCE:
            msg = (
                "clock must be within 2 % of a whole multiple of baud, "
                f"not {ratio:.3f} times {self.baud}"
            )
            raise ValueError(msg)
        if self.total_bits > _WORD_BITS:
            msg = (
                f"the accumulator must fit {_WORD_BITS} bits, not {self.total_bits}: "
                "lower weight_bits, input.bits, adc.bits or the number of tiles"
            )
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _check_reads(self) -> Self:
        if self.ecc is not None and (self.ecc.an != "none" or self.ecc.residue is not None):
            reason = inexact_reads(self)
            if reason is not None:
                msg = f"reads must be exact for ecc.an and ecc.residue: {reason}"
                raise ValueError(msg)
        if self.ecc is not None and self.ecc.an != "none" and self.ecc.reissue:
            msg = "ecc.reissue must be off for ecc.an, whose reads never clip"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _check_halves(self) -> Self:
        if self.ecc is not None and self.ecc.reissue and self.input.slice_bits == 1:
            msg = "input.slice_bits must be at least 2 for ecc.reissue, not 1, which has no halves"
            raise ValueError(msg)
        return self

    @classmethod
    def parse(
        cls, data: Mapping[str, Any], *, source: str = "chip", folder: Path | None = None
    ) -> Self:
        """Check plain data and make a spec of it.

        Parameters
        ----------
        data
            What a TOML file holds.
        source
            Where the data is from, for messages.
        folder
            From where paths in it count; None for the folder of the process.

        Raises
        ------
        SpecError
            With one sentence a fault, each naming the key, the requirement and the value.
        """
        try:
            return cls.model_validate(dict(data), context={"folder": folder or Path()})
        except ValidationError as error:
            raise SpecError(fault_sentences(error, source, cls)) from None

    @property
    def tiles(self) -> int:
        """Number of tiles."""
        return sum(group.count for group in self.tile)

    @property
    def tile_specs(self) -> tuple[TileSpec, ...]:
        """One entry a tile, in the order of the array ports."""
        return tuple(group for group in self.tile for _ in range(group.count))

    @property
    def rows(self) -> int:
        """Rows R of each tile."""
        return self.tile[0].rows

    @property
    def columns(self) -> int:
        """Logical columns C of each tile."""
        return self.tile[0].columns

    @property
    def data_rows(self) -> int:
        """Rows of each tile that networks are mapped to: those that aren't spare."""
        return self.rows - self.spare_rows

    @property
    def data_columns(self) -> int:
        """Logical columns of each tile that networks are mapped to: neither spare nor reference."""
        return self.columns - self.spare_columns - self.reference_columns

    @property
    def reference_columns(self) -> int:
        """Logical columns of each tile that hold known cells, right after `data_columns`."""
        return 0 if self.ecc is None else self.ecc.reference_columns

    @property
    def cell_bits(self) -> int:
        """Bits w of each cell."""
        return self.tile[0].cell.bits

    @property
    def weight_factor(self) -> int:
        """What weights are multiplied by before they are stored: A, or A B, of `an_factor`."""
        if self.ecc is None or self.ecc.an == "none":
            return 1
        detection = DETECTION if self.ecc.an == "abn" else 1
        return detection * smallest_factor(
            self._stored_maximum,
            cell_bits=self.cell_bits,
            input_slices=self.input.slices,
            input_slice_bits=self.input.slice_bits,
            detection=detection,
        )

    @property
    def _stored_maximum(self) -> int:
        bits = self.weight_bits - 1 if self.encoding == "diff_pair" else self.weight_bits
        return (1 << bits) - 1

    @property
    def weight_slices(self) -> int:
        """Cells S over which one stored magnitude is spread, least significant first."""
        stored = (self._stored_maximum * self.weight_factor).bit_length()
        return -(-stored // self.cell_bits)

    @property
    def lines_per_column(self) -> int:
        """Bit lines of one logical column."""
        return self.weight_slices * (2 if self.encoding == "diff_pair" else 1)

    @property
    def lines(self) -> int:
        """Bit lines of one tile that are converted; the reference line is one more."""
        return self.columns * self.lines_per_column

    @property
    def adcs(self) -> int:
        """Converters of one tile."""
        return -(-self.lines // self.adc.columns_per_adc)

    @property
    def weight_offset(self) -> int:
        """What is added to a weight before it is stored."""
        return 0 if self.encoding == "diff_pair" else 1 << (self.weight_bits - 1)

    @property
    def weight_range(self) -> tuple[int, int]:
        """Smallest and largest weight that can be stored."""
        top = (1 << (self.weight_bits - 1)) - 1
        return (-top if self.encoding == "diff_pair" else -top - 1), top

    @property
    def line_sum_maximum(self) -> int:
        """Largest current of a line, in unit currents: R (2^v - 1) (2^w - 1)."""
        return self.rows * ((1 << self.input.slice_bits) - 1) * ((1 << self.cell_bits) - 1)

    @property
    def adc_shift(self) -> int:
        """The k for which one ADC step is 2^k unit currents, the smallest that spans the range."""
        steps = self.adc.range * self.line_sum_maximum / self.code_maximum
        return max(0, math.ceil(math.log2(steps) - 1e-12))

    @property
    def code_maximum(self) -> int:
        """Highest ADC code."""
        return (1 << self.adc.bits) - 1

    def unit_current(self, tile: int = 0) -> float:
        """Return the current of one input LSB across one cell LSB in a tile [A]."""
        v_lsb = self.dac.v_read / ((1 << self.input.slice_bits) - 1)
        return v_lsb * self.tile_specs[tile].cell.g_step

    def full_scale_current(self, tile: int = 0) -> float:
        """Return the current of the highest ADC code in a tile [A]."""
        return self.unit_current(tile) * (self.code_maximum << self.adc_shift)

    @property
    def accumulator_bits(self) -> int:
        """Width of the signed sum of one tile and column, before calibration."""
        weight_sum = sum(1 << (self.cell_bits * s) for s in range(self.weight_slices))
        input_sum = sum(1 << (self.input.slice_bits * s) for s in range(self.input.slices))
        if self.ecc is not None and self.ecc.reissue:
            # In half slices each code may come twice, the second time shifted.
            input_sum *= 1 + (1 << self.input.half_bits)
        most = (self.code_maximum << self.adc_shift) * weight_sum * input_sum
        most += self.weight_offset * self.rows * self.input.maximum
        return most.bit_length() + 1

    @property
    def total_bits(self) -> int:
        """Width of the signed sum over tiles, after calibration and with the bias."""
        return self.accumulator_bits + _GAIN_HEADROOM_BITS + (self.tiles - 1).bit_length() + 1

    @property
    def entry_bits(self) -> int:
        """Width of an entry of the input buffer: 8 or 16, so that entries pack into words."""
        return 8 if self.input.bits + self.input.signed <= 8 else 16

    @property
    def input_entries(self) -> int:
        """Entries of the input buffer, which also holds what layers hand to each other."""
        return _power_of_two(max(8, self.tiles * (self.rows + self.columns)))

    @property
    def result_entries(self) -> int:
        """Entries of the result buffer and of the bias table."""
        return _power_of_two(max(2, self.tiles * self.columns))

    @property
    def step_entries(self) -> int:
        """Entries of the step table: each tile may be used twice."""
        return _power_of_two(2 * self.tiles)

    @property
    def settle_cycles(self) -> int:
        """Clock cycles from a change of the lines to the first conversion."""
        return max(1, math.ceil(self.dac.settle_time * self.clock - 1e-9))

    @property
    def conversion_cycles(self) -> int:
        """Clock cycles from the start of a conversion to its code."""
        return max(1, math.ceil(self.adc.conversion_time * self.clock - 1e-9))

    @property
    def switches(self) -> tuple[str, ...]:
        """What `without` can take away from this chip."""
        effects = {name for group in self.tile for name in group.effects.active}
        spread = {"spread"} if any(group.cell.spread > 0 for group in self.tile) else set()
        return ("converters", "wires", *sorted(spread | effects))

    def without(self, name: str) -> "ChipSpec":
        """Return the chip with one thing ideal.

        Parameters
        ----------
        name
            An effect; 'spread' of the cells; 'wires' for lines, drivers and sense circuits without
            resistance; or 'converters' for converters without noise and errors, of equal bits.

        Raises
        ------
        SpecError
            Where the chip has no such thing.
        """
        if name not in self.switches:
            msg = f"what is switched off must be one of {', '.join(self.switches)}, not {name!r}"
            raise SpecError(msg)
        if name == "converters":
            ideal = {"gain_error": 0.0, "inl": 0.0, "noise": 0.0}
            parts = {
                "dac": self.dac.model_copy(update={**ideal, "offset": 0.0}),
                "tia": TiaSpec(bandwidth=self.tia.bandwidth),
                "adc": self.adc.model_copy(update=ideal),
            }
            return self.model_copy(update=parts)
        groups = []
        for group in self.tile:
            part: dict[str, Any] = {"effects": group.effects}
            if name == "wires":
                part["wires"] = WireSpec()
            elif name == "spread":
                part["cell"] = group.cell.model_copy(update={"spread": 0.0})
            else:
                part["effects"] = group.effects.without(name)
            groups.append(group.model_copy(update=part))
        return self.model_copy(update={"tile": tuple(groups)})

    @property
    def hash(self) -> str:
        """SHA-256 of the canonical form, as 64 hexadecimal digits.

        Tables of measured pulses count by their content, so the hash of a chip that has one reads
        it, and the same chip in another folder has the same hash.

        Raises
        ------
        SpecError
            Where such a table is gone.
        """
        plain = self.model_dump(mode="json")
        if self.ecc is None:
            # A chip without it is the same chip that it was before there was such a section.
            del plain["ecc"]
        for group, dumped in zip(self.tile, plain["tile"], strict=True):
            try:
                dumped["cell"]["device"] = group.cell.device_identity
            except ValueError as error:
                raise SpecError(str(error)) from None
        text = json.dumps(plain, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def preset_names() -> tuple[str, ...]:
    """Return the names of the chips that come with Ohmloom."""
    folder = importlib.resources.files("ohmloom_analog") / "presets"
    return tuple(
        sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml"))
    )


def load_spec(source: str | Path) -> ChipSpec:
    """Read a chip description.

    Parameters
    ----------
    source
        The name of a preset, or the path of a TOML file.

    Raises
    ------
    SpecError
        Where there is no such preset or file, it isn't TOML, or describes no chip.
    """
    if str(source) in preset_names():
        resource = importlib.resources.files("ohmloom_analog") / "presets" / f"{source}.toml"
        return ChipSpec.parse(tomllib.loads(resource.read_text()), source=str(source))
    path = Path(source)
    if not path.is_file():
        known = ", ".join(preset_names())
        msg = f"chip must be a TOML file or one of the presets {known}, not '{source}'"
        raise SpecError(msg)
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        msg = f"{path} must be a TOML file: {error}"
        raise SpecError(msg) from None
    return ChipSpec.parse(data, source=str(path), folder=path.parent)


def write_spec(spec: ChipSpec, path: Path) -> None:
    """Write a spec as TOML with its hash in a comment; `load_spec` gives it back equal."""
    text = f"# Ohmloom chip description, hash {spec.hash}\n"
    text += tomli_w.dumps(spec.model_dump(mode="json", exclude_none=True))
    beside = path.with_name(path.name + ".part")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


def _power_of_two(at_least: int) -> int:
    return 1 << (at_least - 1).bit_length()
