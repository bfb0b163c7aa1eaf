"""Parameters of NIR's nodes, checked: numbers, numbers for a signal's elements, whole numbers."""

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.errors import MappingError
from ohmloom_analog.nir_file import NirNode

__all__ = ["bare", "numbers", "sizes", "spread"]

Floats = NDArray[np.float64]


def numbers(node: NirNode, name: str) -> Floats:
    """Return a parameter as finite numbers.

    Raises
    ------
    MappingError
        Where it is missing or isn't such.
    """
    if name not in node.fields:
        msg = f"{node} must have {name}"
        raise MappingError(msg)
    try:
        found = np.asarray(node.fields[name], dtype=np.float64)
    except (TypeError, ValueError):
        msg = f"{name} of {node} must be numbers, not {node.fields[name]!r}"
        raise MappingError(msg) from None
    if found.size == 0 or not np.isfinite(found).all():
        msg = f"{name} of {node} must be finite numbers, at least one"
        raise MappingError(msg)
    return found


def spread(node: NirNode, name: str, shape: tuple[int, ...]) -> Floats:
    """Return a parameter of each element of a shape, flat.

    One number stands for all. In more dimensions, a 1 stands for a whole dimension, as in C x 1 x 1
    for channels.

    Raises
    ------
    MappingError
        Where it is missing or fits the shape otherwise.
    """
    found = numbers(node, name)
    own = found.reshape(bare(found.shape))
    wanted = bare(shape)
    same = len(own.shape) == len(wanted) and all(
        a in (1, b) for a, b in zip(own.shape, wanted, strict=True)
    )
    if found.size != 1 and not same:
        msg = f"{name} of {node} must be one number or fit {shape}, not {found.shape}"
        raise MappingError(msg)
    return np.broadcast_to(own.reshape(()) if found.size == 1 else own, wanted).ravel()


def sizes(node: NirNode, name: str) -> tuple[int, ...]:
    """Return a parameter as whole numbers, of at least 0.

    Raises
    ------
    MappingError
        Where it is missing or isn't such.
    """
    found = numbers(node, name).ravel()
    if (found != np.rint(found)).any() or (found < 0).any():
        msg = f"{name} of {node} must be whole numbers of at least 0, not {found.tolist()}"
        raise MappingError(msg)
    return tuple(int(value) for value in found)


def bare(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return a shape without the ones before it, which exporters leave of a batch."""
    first = next((place for place, size in enumerate(shape) if size != 1), len(shape))
    return shape[first:] or (1,)
