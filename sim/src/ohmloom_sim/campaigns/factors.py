"""What the factors of a campaign change: a chip's plain data, or the settings of the task.

============  ==========================================================  ======================
factor        what it changes                                             values
============  ==========================================================  ======================
chip          the whole chip                                              preset or file
device        cells, effects and writing of all tiles                     preset or file
spread        spread of the programmed conductance                        fraction of g_max
stuck         cells stuck, HRS and LRS in the ratio of `faults`           share
wires         resistance of a segment of word and bit line                ohm
adc_bits      bits of the converters behind the same analog side          bit
encoding      how a signed weight is stored                               diff_pair, ...
correction    what the chip does against errors                           none, chip, or a name
temperature   of the chip since programming                               K
age           time since programming                                      s
engine        array engine                                                ideal, nodal, ngspice
program       how cells come to their levels                              ideal, write-verify
============  ==========================================================  ======================

Anything else is a key of the chip, such as "weight_bits", "adc.noise" or "tile.cell.g_max";
the last is set in all groups of tiles.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from ohmloom_analog.errors import SpecError
from ohmloom_analog.faults import P_STUCK_HRS, P_STUCK_LRS
from ohmloom_analog.spec import ChipSpec, load_spec, preset_names
from ohmloom_sim.campaigns.description import FactorValue

__all__ = ["CHIP_FACTORS", "TASK_FACTORS", "changed", "check_names", "found_chip", "plain_chip"]

Plain: TypeAlias = dict[str, Any]

TASK_FACTORS = ("temperature", "age", "engine", "program")
"""Factors that are settings of the task."""

# In the order in which they act: the whole chip, then parts of it, then keys.
CHIP_FACTORS = ("chip", "device", "spread", "stuck", "wires", "encoding", "correction", "adc_bits")
"""Factors that change the chip."""


def check_names(names: Mapping[str, Any], place: str) -> None:
    """Refuse a name that no factor has.

    Raises
    ------
    SpecError
        Where there is one.
    """
    for name in names:
        known = (*CHIP_FACTORS, *TASK_FACTORS)
        if name not in known and name.split(".")[0] not in ChipSpec.model_fields:
            msg = f"{place} must be {', '.join(known)}, or a key of the chip, not '{name}'"
            raise SpecError(msg)


def found_chip(name: FactorValue, folder: Path) -> ChipSpec:
    """Return the chip of a preset's name, or of a file seen from a folder.

    Raises
    ------
    SpecError
        Where there is none.
    """
    return load_spec(name if name in preset_names() else folder / str(name))


def plain_chip(spec: ChipSpec) -> Plain:
    """Return a chip as the plain data that `ChipSpec.parse` takes."""
    return spec.model_dump(mode="json", exclude_none=True)


def changed(
    plain: Plain,
    name: str,
    value: FactorValue,
    *,
    folder: Path,
    corrections: Mapping[str, Mapping[str, FactorValue]],
) -> Plain:
    """Return a chip's plain data with one factor set; `adc_bits` isn't done here.

    Parameters
    ----------
    plain
        The chip; it is changed in place where the factor isn't the whole chip.
    folder
        From where files of chips count.
    corrections
        Sections `ecc` by name.

    Raises
    ------
    SpecError
        Where the value is none for the factor. Whether the chip can be is for `ChipSpec.parse`.
    """
    if name == "chip":
        return plain_chip(found_chip(value, folder))
    if name == "correction":
        _correct(plain, value, corrections)
    elif name == "device":
        _take_device(plain, found_chip(value, folder))
    elif name in _SETTERS:
        _SETTERS[name](plain, value)
    else:
        _set_key(plain, name.split("."), value)
    return plain


def _correct(
    plain: Plain, value: FactorValue, corrections: Mapping[str, Mapping[str, FactorValue]]
) -> None:
    known = ("none", "chip", *corrections)
    if value not in known:
        msg = f"correction must be one of {', '.join(known)}, not {value!r}"
        raise SpecError(msg)
    if value != "chip":
        plain.pop("ecc", None)
    if value in corrections:
        plain["ecc"] = dict(corrections[str(value)])


def _take_device(plain: Plain, other: ChipSpec) -> None:
    held = plain_chip(other)["tile"][0]
    for group in plain["tile"]:
        for part in ("cell", "effects", "write"):
            group.pop(part, None)
            if part in held:
                group[part] = held[part]


def _set_stuck(plain: Plain, value: FactorValue) -> None:
    if isinstance(value, (bool, str)) or not 0 <= value <= 1:
        msg = f"stuck must be a fraction from 0 to 1, as 0.05 is 5 %, not {value!r}"
        raise SpecError(msg)
    share = P_STUCK_HRS / (P_STUCK_HRS + P_STUCK_LRS)
    for group in plain["tile"]:
        group["effects"] |= {"p_stuck_hrs": value * share, "p_stuck_lrs": value * (1 - share)}


def _set_wires(plain: Plain, value: FactorValue) -> None:
    for group in plain["tile"]:
        group["wires"] |= {"r_word": value, "r_bit": value}


def _set_spread(plain: Plain, value: FactorValue) -> None:
    for group in plain["tile"]:
        group["cell"]["spread"] = value


def _set_encoding(plain: Plain, value: FactorValue) -> None:
    plain["encoding"] = value


def _set_key(plain: Any, path: list[str], value: FactorValue) -> None:
    if isinstance(plain, list):
        for group in plain:
            _set_key(group, path, value)
    elif len(path) == 1:
        plain[path[0]] = value
    else:
        inner = plain.setdefault(path[0], {})
        if not isinstance(inner, (dict, list)):
            msg = f"'{path[0]}' must be a section of the chip to hold '{path[1]}', not {inner!r}"
            raise SpecError(msg)
        _set_key(inner, path[1:], value)


_SETTERS: Mapping[str, Callable[[Plain, FactorValue], None]] = {
    "spread": _set_spread,
    "stuck": _set_stuck,
    "wires": _set_wires,
    "encoding": _set_encoding,
}
