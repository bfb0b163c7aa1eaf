"""The one description from which gateware, analog chip, mapping, driver and report are made.

A `ChipSpec` is frozen and checked at birth. Everything in it is SI; lengths of time become clock
cycles in `ChipShape` and nowhere else. The words: a *tile* is one array with its converters, a
*line* is one physical bit line, and a *column* is one logical output, which takes several lines.
"""

import hashlib
import importlib.resources
import json
from collections.abc import Mapping
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Self

import tomli_w
from pydantic import ValidationError, model_validator

from ohmloom_analog.array_spec import CellSpec, TileSpec, WireSpec
from ohmloom_analog.chip_shape import ChipShape
from ohmloom_analog.converter_spec import AdcSpec, DacSpec, InputSpec, TiaSpec
from ohmloom_analog.ecc_spec import EccSpec
from ohmloom_analog.effects_spec import EffectsSpec
from ohmloom_analog.errors import SpecError
from ohmloom_analog.exact_reads import inexact_reads
from ohmloom_analog.learning_fit import unfit_to_learn
from ohmloom_analog.learning_spec import LearningSpec
from ohmloom_analog.named_toml import read_named, toml_names
from ohmloom_analog.spec_faults import fault_sentences
from ohmloom_analog.spiking_fit import unfit_to_spike
from ohmloom_analog.spiking_spec import SpikingSpec
from ohmloom_analog.technology import unfit_for_technology

__all__ = [
    "AdcSpec",
    "CellSpec",
    "ChipSpec",
    "DacSpec",
    "EccSpec",
    "EffectsSpec",
    "InputSpec",
    "LearningSpec",
    "SpikingSpec",
    "TiaSpec",
    "TileSpec",
    "WireSpec",
    "load_spec",
    "preset_names",
    "write_spec",
]

_WORD_BITS = 32
# What a receiver bears over the ten bits of a byte, half of it left to the other side.
_RATE_TOLERANCE = 0.02


class ChipSpec(ChipShape):
    """A hybrid in-memory computer, whole.

    Raises
    ------
    pydantic.ValidationError
        Where a value is outside its bounds or contradicts another; a `ValueError`.
        `ChipSpec.parse` and `load_spec` raise `SpecError` with one sentence a fault instead.
    """

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
        codes = {"an": self.defence.an != "none", "residue": self.defence.residue > 0}
        for name in (name for name, there in codes.items() if there):
            reason = inexact_reads(self)
            if reason is not None:
                msg = f"reads must be exact for ecc.{name}: {reason}"
                raise ValueError(msg)
            if self.defence.reissue:
                msg = f"ecc.reissue must be off for ecc.{name}, whose reads never clip"
                raise ValueError(msg)
        if codes["an"] and self.defence.drift_factor:
            msg = "ecc.drift_factor must be off for ecc.an, whose sums are whole"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _check_halves(self) -> Self:
        if self.defence.reissue and self.input.slice_bits == 1:
            msg = "input.slice_bits must be at least 2 for ecc.reissue, not 1, which has no halves"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _check_modes(self) -> Self:
        reasons = (
            None if self.learning is None else unfit_to_learn(self, self.learning),
            None if self.spiking is None else unfit_to_spike(self, self.spiking),
            unfit_for_technology(self),
        )
        for reason in reasons:
            if reason is not None:
                raise ValueError(reason)
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
        for section in ("ecc", "learning", "spiking"):
            # A chip without it is the same chip that it was before there was such a section.
            if plain[section] is None:
                del plain[section]
        if self.technology == "lab":
            # Likewise: chips had none other once.
            del plain["technology"]
        for group, dumped in zip(self.tile, plain["tile"], strict=True):
            try:
                dumped["cell"]["device"] = group.cell.device_identity
            except ValueError as error:
                raise SpecError(str(error)) from None
        text = json.dumps(plain, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def preset_names() -> tuple[str, ...]:
    """Return the names of the chips that come with Ohmloom."""
    return toml_names(_presets())


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
    found = read_named(source, _presets(), what="chip", kind="presets")
    return ChipSpec.parse(found.data, source=str(source), folder=found.folder)


def _presets() -> Traversable:
    return importlib.resources.files("ohmloom_analog") / "presets"


def write_spec(spec: ChipSpec, path: Path) -> None:
    """Write a spec as TOML with its hash in a comment; `load_spec` gives it back equal."""
    text = f"# Ohmloom chip description, hash {spec.hash}\n"
    text += tomli_w.dumps(spec.model_dump(mode="json", exclude_none=True))
    beside = path.with_name(path.name + ".part")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)
