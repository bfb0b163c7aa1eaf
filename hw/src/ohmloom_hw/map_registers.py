"""The windows of the maps of columns and rows, and what their words are made of."""

from collections.abc import Sequence

from ohmloom_analog.place_map import PlaceMap
from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.features import Features
from ohmloom_hw.register_model import Field, Window, power_of_two

__all__ = [
    "UNUSED_BIT",
    "has_maps",
    "map_windows",
    "pack_column_maps",
    "pack_row_maps",
    "unpack_maps",
]

UNUSED_BIT = 31
"""Bit of a word of COLUMN_MAP that says that the column stands for none."""

_UNUSED = Field(name="unused", low=UNUSED_BIT, width=1)
_PLACE = Field(name="place", low=0, width=16)


def has_maps(spec: ChipSpec, features: Features) -> bool:
    """Return whether columns and rows go through maps: with spares, or where it is asked for."""
    return features.maps or spec.spare_columns > 0 or spec.spare_rows > 0


def map_windows(spec: ChipSpec) -> tuple[Window, ...]:
    """Return the windows, in order of address."""
    return (
        Window(
            name="COLUMN_MAP",
            base=0x1D0000,
            words=power_of_two(spec.tiles * spec.columns),
            access="rw",
            doc=(
                "one word a physical column, tile by tile: its logical column (15-0), "
                f"or {UNUSED_BIT} set where it isn't used; at first its own number"
            ),
        ),
        Window(
            name="ROW_MAP",
            base=0x1E0000,
            words=power_of_two(spec.tiles * spec.rows),
            access="rw",
            doc=("one word a logical row, tile by tile: its physical row; at first its own number"),
        ),
    )


def pack_column_maps(spec: ChipSpec, maps: Sequence[PlaceMap]) -> list[int]:
    """Return the words of COLUMN_MAP, with one map a tile.

    Raises
    ------
    MappingError
        Where a map is of another chip.
    ValueError
        Where there isn't one map a tile.
    """
    _check(spec, maps)
    return [
        _UNUSED.insert(1) if logical is None else _PLACE.insert(logical)
        for tile in maps
        for logical in tile.columns
    ]


def pack_row_maps(spec: ChipSpec, maps: Sequence[PlaceMap]) -> list[int]:
    """Return the words of ROW_MAP, with one map a tile.

    Raises
    ------
    MappingError
        Where a map is of another chip.
    ValueError
        Where there isn't one map a tile.
    """
    _check(spec, maps)
    return [_PLACE.insert(physical) for tile in maps for physical in tile.rows]


def unpack_maps(
    spec: ChipSpec, columns: Sequence[int], rows: Sequence[int]
) -> tuple[PlaceMap, ...]:
    """Return the maps in the words of COLUMN_MAP and ROW_MAP.

    Raises
    ------
    MappingError
        Where they aren't maps.
    """
    return tuple(
        PlaceMap(
            columns=tuple(
                None if _UNUSED.extract(word) else _PLACE.extract(word)
                for word in columns[tile * spec.columns : (tile + 1) * spec.columns]
            ),
            rows=tuple(
                _PLACE.extract(word) for word in rows[tile * spec.rows : (tile + 1) * spec.rows]
            ),
        )
        for tile in range(spec.tiles)
    )


def _check(spec: ChipSpec, maps: Sequence[PlaceMap]) -> None:
    if len(maps) != spec.tiles:
        msg = f"maps must be given for {spec.tiles} tiles, not {len(maps)}"
        raise ValueError(msg)
    for tile in maps:
        tile.check(spec)
