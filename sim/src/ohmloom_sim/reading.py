"""What a product costs: a small RTL reads an array of 16 x 16 as fast as it can, and is timed.

The job is a common one for bridges between RTL and SPICE: a product every 12 clocks of 10 ns,
8-bit drivers, wires of 1 ohm a segment, amplifiers with a time constant of 5 ns, 12-bit codes.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import ohmloom_sim.benches
from ohmloom_analog.errors import OhmloomError
from ohmloom_sim.benches.reader import LINES, make_tile
from ohmloom_sim.cosim import Bench, run_bench
from ohmloom_sim.simulators import Simulator

__all__ = ["Reading", "read_products"]

_SOURCE = Path(ohmloom_sim.benches.__file__).with_name("reader.v")

IntArray = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Reading:
    """Products as the RTL asked for them and got them."""

    driven: IntArray
    """Codes of the word lines, products x 16."""
    codes: IntArray
    """Codes of the bit lines, products x 16."""
    wrong: int
    """How many of these ngspice's operating point contradicts."""
    seconds: float
    """CPU time of all products but the first, with the array behind the RTL [s]."""
    alone: float
    """CPU time of the same RTL with an answer of its own in the array's place [s]."""

    @property
    def per_product(self) -> float:
        """CPU time that the array and the bridge to it add to each product [s]."""
        return (self.seconds - self.alone) / (len(self.driven) - 1)


def read_products(
    simulator: Simulator,
    folder: Path,
    *,
    engine: str,
    products: int,
    seed: int,
    step: float = 1e-9,
) -> Reading:
    """Run the RTL with an array of random cells, and by itself.

    Parameters
    ----------
    simulator
        To run it on.
    folder
        Where it is built.
    engine
        Solves the array.
    products
        How many to do, 2 to 4096.
    seed
        Draws the cells.
    step
        Longest step of an engine that knows of time [s].

    Raises
    ------
    OhmloomError
        Where the simulation fails, or ngspice is missing.
    ValueError
        Where the number of products is out of range.
    """
    if not 2 <= products <= 4096:
        msg = f"products must be from 2 to 4096, not {products}"
        raise ValueError(msg)
    array = {"OHMLOOM_ENGINE": engine, "OHMLOOM_SEED": str(seed), "OHMLOOM_STEP": repr(step)}
    answers = {}
    for top, environment in (("reader_alone", {}), ("reader", array)):
        answer = folder / top / "answer.npz"
        bench = Bench(
            sources=[_SOURCE],
            top=top,
            module="ohmloom_sim.benches.reader",
            folder=answer.parent,
            environment={
                **environment,
                "OHMLOOM_PRODUCTS": str(products),
                "OHMLOOM_ANSWER": str(answer),
            },
        )
        result = run_bench(bench, simulator)
        for test, message in result.failed.items():
            msg = f"{test} must pass, not fail: {message} (see {result.log})"
            raise OhmloomError(msg)
        with np.load(answer) as file:
            answers[top] = dict(file)
    with_array = answers["reader"]
    return Reading(
        driven=with_array["driven"],
        codes=with_array["codes"],
        wrong=_wrong(with_array["driven"], with_array["codes"], seed),
        seconds=float(with_array["seconds"]),
        alone=float(answers["reader_alone"]["seconds"]),
    )


def _wrong(driven: IntArray, codes: IntArray, seed: int) -> int:
    judge, wrong = make_tile("ngspice", seed=seed), 0
    for vector, found in zip(driven, codes, strict=True):
        judge.apply(vector)
        wrong += int((judge.convert(range(LINES))[0] != found).sum())
    return wrong
