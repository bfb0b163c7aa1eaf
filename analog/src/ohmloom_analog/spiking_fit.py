"""Whether a chip can spike."""

from ohmloom_analog.chip_shape import ChipShape
from ohmloom_analog.spiking_spec import SpikingSpec

__all__ = ["unfit_to_spike"]


def unfit_to_spike(spec: ChipShape, spiking: SpikingSpec) -> str | None:
    """Return why a chip can't have a spiking mode; None where it can."""
    if spiking.neurons > spec.result_entries:
        return (
            f"spiking.neurons must be at most the {spec.result_entries} entries of the result "
            f"buffer, not {spiking.neurons}: give the chip more tiles or columns"
        )
    if spec.input.signed:
        return "input.signed must be false for spiking, whose inputs are 0 or 1"
    defence = spec.defence
    unfit = {
        "secded": defence.secded,
        "reissue": defence.reissue,
        "row_scale": defence.row_scale,
        "an": defence.an != "none",
        "residue": defence.residue > 0,
        "checksums": defence.checksums,
    }
    for name in (name for name, there in unfit.items() if there):
        return (
            f"ecc.{name} must be left out for spiking, which goes with average, vote, "
            "drift_factor and reference_columns alone"
        )
    return None
