"""Whether a chip can learn in place: its weights are pairs of cells that pulses may move."""

from ohmloom_analog.chip_shape import ChipShape
from ohmloom_analog.learning_spec import LearningSpec

__all__ = ["learning_size", "unfit_to_learn"]

_MOST_INPUT_BITS = 8
_LINES_PER_PAIR = 2


def learning_size(shape: ChipShape, learning: LearningSpec) -> tuple[int, int]:
    """Return the rows and columns of weights that learn."""
    inputs = shape.data_rows if learning.inputs is None else learning.inputs
    outputs = shape.data_columns if learning.outputs is None else learning.outputs
    return inputs, outputs


def unfit_to_learn(shape: ChipShape, learning: LearningSpec) -> str | None:
    """Return why a chip can't learn, as a sentence, or None."""
    if any(group.write is None for group in shape.tile):
        return "every tile must have a section 'write' for learning, which moves cells by pulses"
    if shape.encoding != "diff_pair" or shape.lines_per_column != _LINES_PER_PAIR:
        return (
            "a weight must be one pair of cells for learning (encoding diff_pair, and weight_bits "
            f"at most {shape.cell_bits + 1}), not {shape.lines_per_column} of {shape.encoding}"
        )
    if shape.defence.judges:
        return "ecc.an, ecc.residue and ecc.checksums must be off for learning, which moves weights"
    if shape.input.bits > _MOST_INPUT_BITS:
        return f"input.bits must be at most 8 for learning, not {shape.input.bits}"
    return _unfit_size(shape, learning) or (_unfit_back(shape) if learning.transposed else None)


def _unfit_back(shape: ChipShape) -> str | None:
    if shape.columns > shape.rows:
        return (
            f"columns must be at most the {shape.rows} rows of a tile for learning.transposed, as "
            f"the range of the converters is laid out for rows, not {shape.columns}"
        )
    for name, found, plain in (
        ("reissue", shape.defence.reissue, False),
        ("average", shape.defence.average, 1),
        ("vote", shape.defence.vote, 1),
    ):
        if found != plain:
            return f"ecc.{name} must be {plain} for learning.transposed, not {found}"
    return None


def _unfit_size(shape: ChipShape, learning: LearningSpec) -> str | None:
    for what, spare in (("rows", shape.spare_rows), ("columns", shape.spare_columns)):
        if spare:
            return f"spare_{what} must be 0 for learning, not {spare}"
    sizes = learning_size(shape, learning)
    for what, size, there in zip(
        ("inputs", "outputs"), sizes, (shape.data_rows, shape.data_columns), strict=True
    ):
        if not 2 <= size <= there:
            return f"learning.{what} must be from 2 to the {there} of a tile, not {size}"
    return None
