"""The tables by which a chip checks the sums of a network that it holds."""

from collections.abc import Sequence

from ohmloom_analog.mapping import Mapping
from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.driver import Driver
from ohmloom_hw.ecc_driver import EccDriver
from ohmloom_sim.column_checks import held_weights

__all__ = ["load_check_tables", "load_residue_table"]


async def load_check_tables(
    driver: Driver,
    spec: ChipSpec,
    weights: Sequence[Sequence[Sequence[int]]],
    bounds: Sequence[Sequence[int]],
) -> None:
    """Load tables of residues, or of checksums.

    Parameters
    ----------
    weights
        That the tiles hold, tiles x rows x columns.
    bounds
        How far good columns may be off, tiles x columns [sum LSB]; of no account for residues.

    Raises
    ------
    HardwareError
        Where something else is read back.
    """
    ecc = EccDriver(driver, spec)
    if spec.defence.residue:
        await ecc.load_residues(weights)
    else:
        await ecc.load_checks(weights, bounds, independent=True)


async def load_residue_table(driver: Driver, spec: ChipSpec, mapping: Mapping) -> None:
    """Load what the weights of a network leave, if the chip has residue checks.

    Raises
    ------
    HardwareError
        Where something else is read back.
    """
    if spec.defence.residue:
        await EccDriver(driver, spec).load_residues(held_weights(spec, mapping).tolist())
