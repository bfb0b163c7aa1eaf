"""What is sampled at the array ports and of the runs: codes, shapes of layers, encodings."""

from typing import get_args

from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.coverage.points import CoverPoint, crossed, ranges

__all__ = [
    "ADC_BINS",
    "array_points",
    "bin_of_range",
    "code_bins",
    "layer_bin",
    "several",
    "size_bin",
]

ADC_BINS = 16
"""Ranges that the codes of the converters are sorted into."""

_DAC_BINS = 64
_NO_NEIGHBOUR = "the chip has one tile"
_UNSIGNED = "its inputs have no sign"
_ENCODINGS = ("diff_pair", "offset_column")


def array_points(spec: ChipSpec) -> tuple[CoverPoint, ...]:
    """Return the points of the groups 'codes', 'shapes' and 'encodings'."""
    return (*_codes(spec), *_shapes(spec), *_encodings(spec))


def code_bins(top: int, most: int) -> tuple[str, ...]:
    """Return the names of ranges of codes from 0 to `top`, see `ranges`."""
    return tuple(bin_of_range(part) for part in ranges(top, most))


def bin_of_range(part: range) -> str:
    """Return the name of a range of codes."""
    return f"{part[0]}" if len(part) == 1 else f"{part[0]} to {part[-1]}"


def dac_bins(spec: ChipSpec) -> tuple[range, ...]:
    """Return the ranges that input codes are sorted into."""
    return ranges((1 << spec.input.slice_bits) - 1, _DAC_BINS)


def adc_bins(spec: ChipSpec) -> tuple[range, ...]:
    """Return the ranges that codes of the converters are sorted into."""
    return ranges(spec.code_maximum, ADC_BINS)


def size_bin(used: int, there: int) -> str:
    """Return how much of a tile's rows or columns, spare ones apart, a step uses."""
    if used >= there:
        return "all"
    return "one" if used == 1 else "part"


def several(number: int) -> str:
    """Return whether there are several."""
    return "one" if number == 1 else "several"


def layer_bin(layers: int) -> str:
    """Return how many layers there are."""
    return {1: "one", 2: "two"}.get(layers, "three or more")


def _codes(spec: ChipSpec) -> tuple[CoverPoint, ...]:
    return (
        CoverPoint.of(
            "codes",
            "input code",
            "DAC codes of the word lines, in every pass",
            [bin_of_range(part) for part in dac_bins(spec)],
        ),
        CoverPoint.of(
            "codes",
            "ADC code",
            "codes of all conversions, as the chip gets them",
            [bin_of_range(part) for part in adc_bins(spec)],
        ),
        _over_range("codes"),
        CoverPoint.of(
            "codes",
            "hidden value",
            "what a layer hands on to the next: saturated below by ReLU, and above by its width",
            ("lowest", "between", "highest"),
            absent=dict.fromkeys(
                ("lowest", "between", "highest"), _NO_NEIGHBOUR if spec.tiles == 1 else None
            ),
        ),
        CoverPoint.of(
            "codes", "result", "sums of the last layer", ("negative", "zero", "positive")
        ),
    )


def _over_range(group: str) -> CoverPoint:
    return CoverPoint.of(
        group,
        "over-range",
        "conversions that the converter says were out of range, by their code",
        ("none", "low", "high"),
    )


def _shapes(spec: ChipSpec) -> tuple[CoverPoint, ...]:
    rows = _sizes("rows used", "rows of a tile that a step drives", "rows", spec.data_rows)
    columns = _sizes(
        "columns used", "columns of a tile that a step converts", "columns", spec.data_columns
    )
    alone = _NO_NEIGHBOUR if spec.tiles == 1 else None
    unsigned = None if spec.input.signed else _UNSIGNED
    return (
        rows,
        columns,
        crossed("shapes", "rows and columns", "both together, in steps", rows, columns),
        CoverPoint.of(
            "shapes",
            "layers",
            "layers of a run",
            ("one", "two", "three or more"),
            absent={
                "two": alone,
                "three or more": f"it has {spec.tiles} tiles" if spec.tiles < 3 else None,
            },
        ),
        CoverPoint.of(
            "shapes",
            "steps of a layer",
            "tiles whose sums are added up to a layer",
            ("one", "several"),
            absent={"several": alone},
        ),
        CoverPoint.of(
            "shapes", "steps of a tile", "how often a tile is read in a run", ("one", "several")
        ),
        CoverPoint.of(
            "shapes",
            "signs",
            "whether a step reads negative parts of inputs, too",
            ("unsigned", "signed"),
            absent={"signed": unsigned},
        ),
    )


def _sizes(name: str, doc: str, what: str, there: int) -> CoverPoint:
    return CoverPoint.of(
        "shapes",
        name,
        doc,
        ("one", "part", "all"),
        absent={
            "one": f"it has one of the {what}" if there == 1 else None,
            "part": f"it has {there} {what}" if there < 3 else None,
        },
    )


def _encodings(spec: ChipSpec) -> tuple[CoverPoint, ...]:
    encoding = _choice(
        "encoding", "how a signed weight is stored, of each pass", _ENCODINGS, spec.encoding
    )
    return (
        encoding,
        crossed(
            "encodings",
            "encoding and over-range",
            "the encoding at conversions in and out of range",
            encoding,
            _over_range("encodings"),
        ),
        _choice(
            "weight slices",
            "cells that one magnitude is spread over",
            ("one", "several"),
            several(spec.weight_slices),
        ),
        _choice(
            "input slices",
            "passes that one input is spread over",
            ("one", "several"),
            several(spec.input.slices),
        ),
        _choice(
            "levels",
            "levels of a cell",
            ("two", "more"),
            "two" if spec.tile[0].cell.levels == 2 else "more",
        ),
        _choice(
            "arithmetic code",
            "of the stored weights",
            get_args(type(spec.defence).model_fields["an"].annotation),
            spec.defence.an,
        ),
    )


def _choice(name: str, doc: str, known: tuple[str, ...], chosen: str) -> CoverPoint:
    """Return the point of something of which each chip has one kind."""
    assert chosen in known
    return CoverPoint.of(
        "encodings",
        name,
        doc,
        known,
        absent={kind: f"it has {chosen}" for kind in known if kind != chosen},
    )
