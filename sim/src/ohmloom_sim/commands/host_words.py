"""`ohmloom host info`, `peek` and `poke`: what a chip is, and its words."""

import re
from typing import Annotated

import typer

from ohmloom_hw.register_model import RegisterTable
from ohmloom_sim.commands.console import JsonOption, output, show_table, user_input
from ohmloom_sim.commands.host_session import HostOptions, chip_session
from ohmloom_sim.files import write_json
from ohmloom_sim.host.session import settle

__all__ = ["info", "peek", "poke", "read_word"]


def info(context: typer.Context, *, json: JsonOption = None) -> None:
    """Show what the chip is, what it is built with, and what it has counted."""
    options: HostOptions = context.obj
    with chip_session(options) as session:
        spec, features = options.spec, session.driver.features
        names = ("STATUS", "ERROR", "STEPS", "CRC_ERRORS", "FRAME_ERRORS", "REPEATS", "CYCLES")
        words = {name: settle(session.driver.read_register(name)) for name in names}
    analyser = f"{features.analyser_depth} samples" if features.analyser_depth else "none"
    detail = f", {features.lanes} lanes" if features.behind == "twin" else ""
    if features.converters is not None:
        detail = f", {features.converters.name}"
    rows = [
        ("chip", f"{spec.name}, hash {spec.hash[:16]}"),
        ("tiles", f"{spec.tiles} of {spec.rows} x {spec.columns}, {spec.encoding}"),
        ("link, bus", f"{features.link}, {features.bus}"),
        ("behind the array ports", features.behind + detail),
        ("logic analyser", analyser),
    ]
    show_table(f"Chip at {session.name}", [*rows, *((n, f"{w:#x}") for n, w in words.items())])
    if json is not None:
        write_json(json, {"spec_hash": spec.hash, **dict(rows), "registers": words})


def peek(
    context: typer.Context,
    place: Annotated[str, typer.Argument(metavar="PLACE", help="Register, WINDOW[n], or address.")],
    count: Annotated[int, typer.Argument(min=1, help="Words.")] = 1,
) -> None:
    """Read words."""
    with chip_session(context.obj) as session:
        with user_input():
            address = _address(session.driver.table, place)
        words = settle(session.driver.read(address, count))
        for step, word in enumerate(words):
            where = session.driver.table.describe(address + 4 * step)
            output().print(f"{where}  {word:#010x}  {word}", markup=False)


def poke(
    context: typer.Context,
    place: Annotated[str, typer.Argument(metavar="PLACE", help="Register, WINDOW[n], or address.")],
    words: Annotated[list[str], typer.Argument(metavar="WORD...", help="Decimal, or with 0x.")],
) -> None:
    """Write words."""
    with user_input():
        values = [read_word(text) for text in words]
    with chip_session(context.obj) as session:
        with user_input():
            address = _address(session.driver.table, place)
        settle(session.driver.write(address, values))
        where = session.driver.table.describe(address)
    output().print(f"{len(values)} written at {where}", markup=False)


def read_word(text: str) -> int:
    """Return a word that a user writes, decimal or with 0x.

    Raises
    ------
    ValueError
        Where it is no word.
    """
    try:
        value = int(text, 0)
    except ValueError:
        value = -1
    if not 0 <= value < 1 << 32:
        msg = f"word must be a number from 0 to 0xffffffff, not '{text}'"
        raise ValueError(msg)
    return value


def _address(table: RegisterTable, place: str) -> int:
    """Return the address that a user names.

    Raises
    ------
    ValueError
        Where nothing has that name, or it is no word's address.
    """
    matched = re.fullmatch(r"([A-Za-z_]\w*)(?:\[(\d+)\])?", place)
    if matched is None:
        return read_word(place)
    name, index = matched[1].upper(), int(matched[2] or 0)
    for register in table.registers:
        if register.name == name and matched[2] is None:
            return register.offset
    for window in table.windows:
        if window.name == name and index < window.words:
            return window.base + 4 * index
    msg = f"place must be a register or a word of a window that the chip has, not '{place}'"
    raise ValueError(msg)
