"""Checks that the parameters of several devices need at birth."""

from typing import Any

__all__ = ["require_negative", "require_positive"]


def require_positive(parameters: Any, *names: str) -> None:
    """Refuse what isn't above 0.

    Raises
    ------
    ValueError
        With the first of `names` that fails, and its value.
    """
    for name in names:
        if not getattr(parameters, name) > 0:
            msg = f"{name} must be positive, not {getattr(parameters, name):g}"
            raise ValueError(msg)


def require_negative(parameters: Any, *names: str) -> None:
    """Refuse what isn't below 0.

    Raises
    ------
    ValueError
        With the first of `names` that fails, and its value.
    """
    for name in names:
        if not getattr(parameters, name) < 0:
            msg = f"{name} must be negative, not {getattr(parameters, name):g}"
            raise ValueError(msg)
