"""`ohmloom ecc`: what a chip does against errors, and what that costs."""

from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.table import Table

from ohmloom_analog.errors import SpecError
from ohmloom_analog.spec import ChipSpec, load_spec
from ohmloom_sim.commands.console import (
    JsonOption,
    number,
    output,
    show_table,
    user_input,
    waiting,
    work_folder,
)
from ohmloom_sim.defence import DefenceLayer, defence_layers, single_layers, thresholds
from ohmloom_sim.files import write_json
from ohmloom_sim.logic_count import count_logic

__all__ = ["ecc"]


class _FamilyName(StrEnum):
    ICE40 = "ice40"
    ECP5 = "ecp5"


def ecc(
    chip: Annotated[str, typer.Argument(metavar="CHIP", help="A TOML file, or a preset's name.")],
    *,
    count: Annotated[
        _FamilyName | None,
        typer.Option(
            "--count", help="Synthesise the chip without, with each and with all layers, and count."
        ),
    ] = None,
    json: JsonOption = None,
) -> None:
    """Explain a chip's defence: what each layer covers, thresholds, and what it costs."""
    spec = load_spec(chip)
    layers = defence_layers(spec)
    if not layers:
        msg = f"chip '{spec.name}' must have a section ecc to explain, as the preset protected has"
        raise SpecError(msg)
    limits = thresholds(spec)
    counted = {} if count is None else _counted(spec, count)
    if json is not None:
        plain: dict[str, Any] = {
            "chip": spec.name,
            "spec_hash": spec.hash,
            "layers": [layer.to_json() for layer in layers],
            "thresholds": [limit.to_json() for limit in limits],
        }
        if count is not None:
            plain |= {"family": count.value, "logic": counted}
        write_json(json, plain)
    _show_layers(spec, layers)
    for limit in limits:
        show_table(
            f"Checksums of {limit.columns} columns, in LSB of a sum",
            [
                ("checks", number(limit.checks)),
                ("bound of a good column, by noise and rounding", number(limit.bound)),
                ("flagged: sum off by more than", number(limit.flag)),
                ("corrected: sum off by more than", number(limit.correct)),
                ("always flagged: one column off by more than", number(limit.always_flagged)),
                ("always corrected: one column off by more than", number(limit.always_corrected)),
            ],
        )
    if count is not None:
        _show_counts(count.value, counted)


def _counted(spec: ChipSpec, family: _FamilyName) -> dict[str, dict[str, int]]:
    counted = {}
    with user_input(), work_folder() as folder, waiting("counting") as tell:
        for name, one in single_layers(spec).items():
            tell(name)
            counted[name] = count_logic(one, family.value, folder / name)
    return counted


def _show_layers(spec: ChipSpec, layers: tuple[DefenceLayer, ...]) -> None:
    words = Table(
        title=f"Defence of {spec.name}, hash {spec.hash[:16]}",
        title_justify="left",
        title_style="bold",
        show_lines=True,
    )
    words.add_column("layer", no_wrap=True)
    words.add_column("covers, and what it doesn't")
    costs = Table(title="What it costs", title_justify="left", title_style="bold")
    costs.add_column("layer", no_wrap=True)
    for name in ("cells", "memory bits", "cycles a step"):
        costs.add_column(name, justify="right")
    for layer in layers:
        words.add_row(layer.name, f"{layer.covers}\nnot: {layer.leaves}")
        figures = (layer.cells, layer.memory_bits, layer.cycles)
        costs.add_row(layer.name, *(number(figure) for figure in figures))
    output().print(words)
    output().print(costs)


def _show_counts(family: str, counted: dict[str, dict[str, int]]) -> None:
    table = Table(title=f"Synthesised for {family}", title_justify="left", title_style="bold")
    table.add_column("layers")
    kinds = list(counted["none"])
    for kind in kinds:
        table.add_column(kind, justify="right")
    for name, found in counted.items():
        more = "" if name == "none" else "+"
        base = 0 if name == "none" else 1
        table.add_row(
            name, *(f"{found[kind] - base * counted['none'][kind]:{more},}" for kind in kinds)
        )
    output().print(table)
