"""The weights that a chip holds, read back: cell by cell, or from what it answers to inputs."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.codes import line_roles
from ohmloom_analog.errors import MappingError
from ohmloom_analog.level_program import verify_bits, verify_full_scale
from ohmloom_analog.mapping import Mapping
from ohmloom_analog.place_map import PlaceMap
from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.cell_driver import CellDriver
from ohmloom_hw.driver import Driver
from ohmloom_hw.map_registers import has_maps
from ohmloom_hw.repair_driver import RepairDriver
from ohmloom_sim.host.network import load_network, run_network

__all__ = ["weights_by_products", "weights_of_cells"]

Floats = NDArray[np.float64]


async def weights_of_cells(
    driver: Driver, spec: ChipSpec, mapping: Mapping, *, average: int = 16
) -> Floats:
    """Read each cell by itself, and return the weights that the cells stand for.

    What a weight is in an MVM differs a little: wires drop less at a read of one cell.

    Parameters
    ----------
    mapping
        Says where a matrix is; its weights don't matter.
    average
        Conversions of a read, a power of two up to 16.

    Returns
    -------
    Integers' worth, outputs x inputs.

    Raises
    ------
    HardwareError
        Where the chip can't be armed, or a job ends with an error.
    """
    cells = CellDriver(driver, spec)
    roles = line_roles(spec)
    outputs, inputs = mapping.network.layers[0].weights.shape
    weights = np.zeros((outputs, inputs))
    maps: Sequence[PlaceMap] = ()
    if has_maps(spec, driver.features):
        maps = await RepairDriver(driver, spec).read_maps()
    factors = np.array(
        [(-1 if role.negative else 1) << role.shift - spec.adc_shift for role in roles]
    )
    for place in mapping.placements:
        tile, rows = place.tile, len(place.inputs)
        # Rows that changed places may be anywhere.
        read = range(spec.rows if maps else rows)
        codes = np.array(await cells.read_cells(tile, rows=read, average=average), dtype=np.float64)
        full = verify_full_scale(spec, tile) / ((1 << verify_bits(spec)) - 1)
        held = codes * full / spec.tile_specs[tile].cell.g_step
        held = _logical(spec, held, maps[tile])[:rows] if maps else held
        levels = (held[:, :-1] - held[:, -1:]) * factors
        columns = levels.reshape(rows, spec.columns, spec.lines_per_column).sum(axis=2)
        block = columns[:, : len(place.outputs)].T / spec.weight_factor - spec.weight_offset
        weights[place.outputs.start : place.outputs.stop][
            :, place.inputs.start : place.inputs.stop
        ] = block
    return weights


def _logical(spec: ChipSpec, held: Floats, place: PlaceMap) -> Floats:
    """Return cells by logical row and line; the reference line stays the last."""
    lines = [spec.lines if line is None else line for line in place.physical_lines(spec)]
    return held[np.ix_(place.rows, [*lines, spec.lines])]


async def weights_by_products(
    driver: Driver,
    spec: ChipSpec,
    mapping: Mapping,
    *,
    vectors: int,
    rng: np.random.Generator,
) -> Floats:
    """Multiply random inputs on the chip, and return the weights that explain the results best.

    It is the least-squares solution of X W^T = Y. Nothing is written, so that any chip can be
    asked, and what comes out has the wires, offsets and noise of products in it.

    Parameters
    ----------
    mapping
        Says where a matrix is; its weights don't matter.
    vectors
        Products, at least as many as the matrix has inputs.
    rng
        Draws the inputs, evenly over all that the chip takes.

    Returns
    -------
    Integers' worth, outputs x inputs.

    Raises
    ------
    MappingError
        Where there are too few vectors.
    HardwareError
        Where a run ends with an error.
    """
    inputs = mapping.network.layers[0].weights.shape[1]
    if vectors < inputs:
        msg = f"vectors must be at least as many as inputs ({inputs}), not {vectors}"
        raise MappingError(msg)
    top = spec.input.maximum
    signed = mapping.network.layers[0].signed
    x = rng.integers(-top if signed else 0, top, (vectors, inputs), endpoint=True)
    await load_network(driver, mapping)
    outcome = await run_network(driver, mapping, x)
    solution = np.linalg.lstsq(x.astype(np.float64), outcome.results.astype(np.float64))[0]
    return np.asarray(solution.T, dtype=np.float64)
