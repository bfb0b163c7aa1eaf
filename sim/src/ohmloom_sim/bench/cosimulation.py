"""What a product costs in a co-simulation: the default engine's, and ngspice's beside it."""

import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.table import Table

from ohmloom_sim.reading import read_products
from ohmloom_sim.simulators import default_simulator

__all__ = ["Cost", "as_data", "cosimulation_costs", "cost_table"]

# As many as bring the figure to a few per cent: ngspice takes a hundred times as long for one.
_PRODUCTS = {"nodal": 1000, "ngspice": 40}


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """Of the products of one engine."""

    engine: str
    """Its name."""
    sim: str
    """Simulator of the RTL."""
    products: int
    """How many there were."""
    seconds: float
    """CPU time that bridge and array add to each [s]."""
    alone: float
    """CPU time of the RTL for each, with an answer of its own [s]."""
    wrong: int
    """Codes that ngspice's operating point contradicts."""


def cosimulation_costs(*, seed: int) -> list[Cost]:
    """Measure on the default simulator, in a folder of its own.

    Raises
    ------
    OhmloomError
        Where there is no simulator or no ngspice, or the simulation fails.
    """
    simulator = default_simulator()
    found = []
    for engine, products in _PRODUCTS.items():
        with tempfile.TemporaryDirectory(prefix="ohmloom-bench-") as folder:
            reading = read_products(
                simulator, Path(folder), engine=engine, products=products, seed=seed
            )
        found.append(
            Cost(
                engine=engine,
                sim=simulator.name,
                products=products,
                seconds=reading.per_product,
                alone=reading.alone / (products - 1),
                wrong=reading.wrong,
            )
        )
    return found


def as_data(costs: Sequence[Cost]) -> list[dict[str, Any]]:
    """Return plain data."""
    return [asdict(cost) for cost in costs]


def cost_table(costs: Sequence[Cost]) -> Table:
    """Return a row an engine."""
    shown = Table(title="A product of 16 x 16 in a co-simulation, CPU ms", title_justify="left")
    for heading in ("engine", "simulator", "bridge and array", "RTL", "products", "wrong codes"):
        shown.add_column(heading, justify="left" if heading == "engine" else "right")
    for cost in costs:
        shown.add_row(
            cost.engine,
            cost.sim,
            f"{cost.seconds * 1e3:.3g}",
            f"{cost.alone * 1e3:.3g}",
            f"{cost.products:,}",
            f"{cost.wrong:,}",
        )
    return shown
