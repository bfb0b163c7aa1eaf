"""`ohmloom host limits` and `offsets`: what converter chips keep to, and are corrected by."""

from dataclasses import asdict
from typing import Annotated

import typer

from ohmloom_hw.converters.control import ConverterControl, Side
from ohmloom_sim.commands.console import JsonOption, number, show_table, user_input
from ohmloom_sim.commands.host_session import HostOptions, chip_session
from ohmloom_sim.files import write_json
from ohmloom_sim.host.session import settle

__all__ = ["limits", "offsets"]


def limits(
    context: typer.Context,
    *,
    read: Annotated[
        float | None, typer.Option("--read", metavar="VOLTS", help="Set the limit of reads.")
    ] = None,
    write: Annotated[
        float | None, typer.Option("--write", metavar="VOLTS", help="Set the limit of writes.")
    ] = None,
    json: JsonOption = None,
) -> None:
    """Show or set the highest voltages of the word lines, which the chip itself keeps to."""
    options: HostOptions = context.obj
    with chip_session(options) as session:
        control = ConverterControl(session.driver, options.spec)
        with user_input():
            settle(control.set_limits(read=read, write=write))
        found = settle(control.limits())
        limited = settle(session.driver.read_register("LIMITED"))
    show_table(
        f"Limits of the word lines at {session.name}",
        [
            ("while reading", f"{number(found.read, 'V')} of {number(found.read_most, 'V')}"),
            ("while writing", f"{number(found.write, 'V')} of {number(found.write_most, 'V')}"),
            ("codes that were lowered to a limit", number(limited)),
        ],
    )
    if json is not None:
        write_json(json, {**asdict(found), "limited": limited})


def offsets(
    context: typer.Context,
    *,
    tile: Annotated[int, typer.Option("--tile", min=0, help="Tile of the chip.")] = 0,
    row: Annotated[
        list[str] | None,
        typer.Option("--row", metavar="N=LSB", help="Add to the DAC codes of a row."),
    ] = None,
    line: Annotated[
        list[str] | None,
        typer.Option("--line", metavar="N=LSB", help="Subtract from the ADC codes of a line."),
    ] = None,
    json: JsonOption = None,
) -> None:
    """Show or set the offsets of the converters of a tile."""
    options: HostOptions = context.obj
    with user_input():
        wanted: dict[Side, dict[int, int]] = {
            "row": dict(_offset("row", text) for text in row or ()),
            "line": dict(_offset("line", text) for text in line or ()),
        }
    with chip_session(options) as session:
        control = ConverterControl(session.driver, options.spec)
        with user_input():
            for side, values in wanted.items():
                settle(control.set_offsets(tile, side, values))
            found = {f"{side}s": settle(control.offsets(tile, side)) for side in wanted}
    show_table(
        f"Offsets of tile {tile} at {session.name}",
        [
            ("added to the DAC codes, row by row", _listed(found["rows"])),
            ("subtracted from the ADC codes, line by line", _listed(found["lines"])),
        ],
    )
    if json is not None:
        write_json(json, {"tile": tile, **found})


def _offset(side: Side, text: str) -> tuple[int, int]:
    place, mark, value = text.partition("=")
    try:
        if mark:
            return int(place), int(value)
    except ValueError:
        pass
    msg = f"offset of a {side} must be N=LSB, two whole numbers, not '{text}'"
    raise ValueError(msg)


def _listed(values: list[int]) -> str:
    return " ".join(map(str, values))
