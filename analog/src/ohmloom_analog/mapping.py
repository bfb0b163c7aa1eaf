"""From an integer network to the cells of the tiles and the step table.

A layer with more inputs than a tile has rows is split over tiles whose sums the chip adds; one
with more outputs than a tile has columns is split over tiles side by side. Tiles are taken in the
order of execution.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.codes import NO_SCALE, cell_codes
from ohmloom_analog.errors import MappingError
from ohmloom_analog.quantisation import IntegerNetwork
from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.table import LayerTable, Step

__all__ = ["Mapping", "Placement", "map_network", "write_weight_table"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Placement:
    """The part of a layer that one tile holds, at its row 0 and column 0."""

    layer: int
    """Index of the layer."""
    tile: int
    """Index of the tile."""
    inputs: range
    """Inputs of the layer, on rows 0 and up."""
    outputs: range
    """Outputs of the layer, in columns 0 and up."""

    def weights(self, network: IntegerNetwork) -> NDArray[np.int64]:
        """Return the weights that the tile holds, outputs x inputs."""
        held = network.layers[self.layer].weights
        return held[self.outputs.start : self.outputs.stop, self.inputs.start : self.inputs.stop]


@dataclass(frozen=True, kw_only=True, slots=True)
class Mapping:
    """A network on a chip."""

    network: IntegerNetwork
    """What is held."""
    placements: tuple[Placement, ...]
    """Where it is held, one a step."""
    table: LayerTable
    """What the sequencer runs."""
    levels: tuple[NDArray[np.int64], ...]
    """Cell levels, one array of rows x lines a tile."""
    input_bases: tuple[int, ...]
    """First entry of each layer's inputs in the input buffer."""


def map_network(spec: ChipSpec, network: IntegerNetwork) -> Mapping:
    """Place a network on a chip.

    Raises
    ------
    MappingError
        Where it needs more tiles or more of a buffer than the chip has.
    """
    placements = tuple(_place(spec, network))
    if len(placements) > spec.tiles:
        shapes = ", ".join(
            f"{w.shape[1]}x{w.shape[0]}" for w in (n.weights for n in network.layers)
        )
        msg = (
            f"network must fit the {spec.tiles} tiles of {spec.data_rows}x{spec.data_columns}, "
            f"not need {len(placements)} (layers {shapes})"
        )
        raise MappingError(msg)
    bases = [0]
    for layer in network.layers:
        bases.append(bases[-1] + layer.weights.shape[1])
    biases = [bias for layer in network.layers for bias in layer.bias.tolist()]
    outputs = network.layers[-1].weights.shape[0]
    for name, needed, there in (
        ("input buffer", bases[-1], spec.input_entries),
        ("bias table", len(biases), spec.result_entries),
    ):
        if needed > there:
            msg = f"network must fit the {there} entries of the {name}, not need {needed}"
            raise MappingError(msg)
    table = LayerTable(
        steps=tuple(_step(network, place, bases) for place in placements),
        biases=tuple(biases),
        inputs=network.layers[0].weights.shape[1],
        outputs=outputs,
    )
    return Mapping(
        network=network,
        placements=placements,
        table=table,
        levels=_levels(spec, network, placements),
        input_bases=tuple(bases[:-1]),
    )


def _place(spec: ChipSpec, network: IntegerNetwork) -> Iterator[Placement]:
    tile = 0
    for index, layer in enumerate(network.layers):
        outputs, inputs = layer.weights.shape
        for column in range(0, outputs, spec.data_columns):
            for row in range(0, inputs, spec.data_rows):
                yield Placement(
                    layer=index,
                    tile=tile,
                    inputs=range(row, min(row + spec.data_rows, inputs)),
                    outputs=range(column, min(column + spec.data_columns, outputs)),
                )
                tile += 1


def _step(network: IntegerNetwork, place: Placement, bases: list[int]) -> Step:
    layer = network.layers[place.layer]
    result = layer.scale is None
    bias_base = sum(before.weights.shape[0] for before in network.layers[: place.layer])
    output_base = 0 if result else bases[place.layer + 1]
    return Step(
        tile=place.tile,
        rows=len(place.inputs),
        columns=len(place.outputs),
        input_base=bases[place.layer] + place.inputs.start,
        output_base=output_base + place.outputs.start,
        bias_base=bias_base + place.outputs.start,
        first=place.inputs.start == 0,
        finish=place.inputs.stop == layer.weights.shape[1],
        result=result,
        signed=layer.signed,
        relu=layer.relu,
        scale=layer.scale or NO_SCALE,
    )


def _levels(
    spec: ChipSpec, network: IntegerNetwork, placements: tuple[Placement, ...]
) -> tuple[NDArray[np.int64], ...]:
    low, high = spec.weight_range
    cells = np.array([cell_codes(spec, weight) for weight in range(low, high + 1)])
    levels = [np.zeros((spec.rows, spec.lines), dtype=np.int64) for _ in range(spec.tiles)]
    for place in placements:
        block = place.weights(network).T
        rows, columns = block.shape
        written = cells[block - low].reshape(rows, columns * spec.lines_per_column)
        levels[place.tile][:rows, : written.shape[1]] = written
        if spec.reference_columns:
            # Both lines of a pair at their highest level would give no current.
            least = 0 if spec.encoding == "diff_pair" else low
            known = np.concatenate([cells[least - low], cells[high - low]])
            first = spec.data_columns * spec.lines_per_column
            levels[place.tile][:rows, first : first + len(known)] = known
    return tuple(levels)


def write_weight_table(spec: ChipSpec, mapping: Mapping, path: Path) -> None:
    """Write where each weight is held, as CSV: one weight a line, cells as level by level."""
    beside = path.with_name(path.name + ".part")
    with beside.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(
            ["layer", "output", "input", "weight", "integer", "tile", "row", "lines", "levels"]
        )
        for place in mapping.placements:
            layer = mapping.network.layers[place.layer]
            for column, output in enumerate(place.outputs):
                first = column * spec.lines_per_column
                last = first + spec.lines_per_column
                for row, source in enumerate(place.inputs):
                    weight = int(layer.weights[output, source])
                    held = mapping.levels[place.tile][row, first:last]
                    writer.writerow(
                        [
                            place.layer,
                            output,
                            source,
                            repr(weight * layer.weight_lsb),
                            weight,
                            place.tile,
                            row,
                            f"{first}-{last - 1}",
                            " ".join(str(level) for level in held),
                        ]
                    )
    beside.replace(path)
