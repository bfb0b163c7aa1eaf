"""What is wrong with a chip description, one sentence a fault: place, requirement, value."""

import difflib
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

__all__ = ["fault_sentences"]


def fault_sentences(error: ValidationError, source: str, model: type[BaseModel]) -> str:
    """Return one sentence a fault, one a line.

    Parameters
    ----------
    source
        Where the description is from.
    model
        What was to be made of it.
    """
    faults = [dict(fault) for fault in error.errors()]
    # A group of tiles that is faulty is also missing from the tuple; one sentence is enough.
    shown = [f for f in faults if not (f["type"] == "too_short" and f["input"])]
    return "\n".join(_sentence(fault, source, model) for fault in shown)


def _sentence(fault: dict[str, Any], source: str, model: type[BaseModel]) -> str:
    place = ""
    for part in fault["loc"]:
        place += f"[{part}]" if isinstance(part, int) else f".{part}" if place else str(part)
    if fault["type"] == "extra_forbidden":
        known = _known_keys(fault["loc"][:-1], model)
        near = difflib.get_close_matches(str(fault["loc"][-1]), known, n=1, cutoff=0.0)
        return f"{source}: key '{place}' is unknown; the nearest known key is '{near[0]}'"
    if fault["type"] == "missing":
        return f"{source}: key '{place}' must be given"
    message = str(fault["msg"])
    if fault["type"] == "value_error":
        prefix = f"{place}." if place else ""
        return f"{source}: {prefix}{message.removeprefix('Value error, ')}"
    requirement = message.replace("Input should", "must", 1)
    return f"{source}: {place} {requirement}, not {fault['input']!r}"


def _known_keys(location: tuple[int | str, ...], model: type[BaseModel]) -> list[str]:
    for part in location:
        if isinstance(part, str):
            inner = model.model_fields[part].annotation
            # A part by itself, or a tuple of parts.
            model = next(
                kind
                for kind in (inner, *get_args(inner))
                if isinstance(kind, type) and issubclass(kind, BaseModel)
            )
    return list(model.model_fields)
