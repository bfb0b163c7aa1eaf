"""`ohmloom published`: published chips, rebuilt from their tables of components."""

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.table import Table

from ohmloom_analog.energy_published import PublishedChip, load_published
from ohmloom_analog.energy_rebuilt import RebuiltFigure
from ohmloom_analog.technology import published_names
from ohmloom_sim.commands.console import JsonOption, output
from ohmloom_sim.files import write_json

__all__ = ["figure_table", "published"]


def published(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[NAME]", help="One chip.  [default: all of them]"),
    ] = None,
    *,
    json: JsonOption = None,
) -> None:
    """Compare published figures with what the chips' components add up to.

    Fails where a figure that is to come out doesn't. What doesn't come out, and why, is listed.
    """
    names = published_names() if name is None else (name,)
    chips = {one: load_published(one) for one in names}
    if json is not None:
        write_json(json, {one: chip.to_json() for one, chip in chips.items()})
    for chip in chips.values():
        _show(chip, parts=name is not None)
    if not all(figure.closes for chip in chips.values() for figure in chip.figures):
        raise typer.Exit(1)


def _show(chip: PublishedChip, *, parts: bool) -> None:
    output().print(f"\n[bold]{chip.title}[/bold]")
    output().print(chip.source, markup=False, style="dim")
    if parts and chip.table is not None:
        output().print(_parts(chip))
    if chip.figures:
        output().print(figure_table(chip.figures, "Published and ours"))
    if chip.open:
        table = Table(title="Not rebuilt, and why", title_justify="left", show_lines=True)
        table.add_column("published")
        table.add_column("why")
        for left in chip.open:
            ours = ", ".join(f"{value:.4g} {unit}" for unit, value in left.ours.items())
            table.add_row(left.name, f"{left.why} {ours}".rstrip())
        output().print(table)


def figure_table(figures: Sequence[RebuiltFigure], title: str) -> Table:
    """Return published figures beside ours, with the error and the chip that ours come out of."""
    table = Table(title=title, title_justify="left")
    table.add_column("figure")
    for column in ("published", "ours", "unit", "error", "closes"):
        table.add_column(column, justify="right")
    table.add_column("from the chip")
    for one in figures:
        table.add_row(
            one.name,
            f"{one.published:g}",
            f"{one.ours:.5g}",
            one.unit,
            f"{100 * one.error:+.2f} %",
            f"yes, within {one.within:.2g}" if one.closes else f"no, not within {one.within:.2g}",
            one.spec or "-",
        )
    return table


def _parts(chip: PublishedChip) -> Table:
    table = Table(title="Components, of one unit of each group", title_justify="left")
    table.add_column("group")
    table.add_column("part")
    for column in ("count", "power [mW]", "area [mm²]"):
        table.add_column(column, justify="right")
    held = chip.table
    if held is None:
        return table
    for group, lines in held.groups.items():
        for part in lines:
            power, area = held.power_of(part) / 1e-3, held.area_of(part) / 1e-6
            table.add_row(group, part.name, f"{part.count:,}", f"{power:,.5g}", f"{area:,.4g}")
        power, area = held.power(group) / 1e-3, held.area(group) / 1e-6
        table.add_row(group, "together", "", f"{power:,.5g}", f"{area:,.4g}", style="bold")
    return table
