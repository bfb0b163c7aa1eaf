"""What a conversion takes, by the envelope of published converters.

=======  =========================================================  ========
symbol   name                                                       unit
=======  =========================================================  ========
N        effective bits                                             bit
W        Walden's figure of merit                                   J/step
S        Schreier's figure of merit                                 dB
E        energy of a conversion, power over Nyquist rate            J
=======  =========================================================  ========

::

    Walden:    E = W 2^N                       limited by how it is built
    Schreier:  E = 10^((SNDR - S) / 10) / 2    limited by noise, SNDR = 6.02 N + 1.76 dB

The larger of the two counts. W is the median or the best of single SAR converters in the ADC
survey of B. Murmann (to 2025), for the range of effective bits; below and above the ranges the
nearest one holds. S is the best of the whole survey for both, as no median of it is at hand. The
best converters of many bits are slow ones, which no range of fewer bits has, so that the best
needn't rise with bits.
"""

from typing import Literal, TypeAlias, get_args

__all__ = ["BEST_SCHREIER", "EnvelopeName", "conversion_energy", "walden_figure"]

EnvelopeName: TypeAlias = Literal["median", "best"]

BEST_SCHREIER = 189.0
"""Highest figure of merit S in the survey [dB]."""

# Upper end of the range [bit], then best and median [J/step].
_SAR = (
    (6.0, 20e-15, 54e-15),
    (7.2, 17e-15, 30e-15),
    (8.5, 6.0e-15, 23e-15),
    (10.0, 0.35e-15, 22e-15),
)


def walden_figure(bits: float, envelope: EnvelopeName = "median") -> float:
    """Return Walden's figure of merit of SAR converters with so many effective bits [J/step].

    Raises
    ------
    ValueError
        Where bits aren't above 0, or the envelope has another name.
    """
    if not 0 < bits < float("inf"):
        msg = f"bits must be finite and above 0, not {bits!r}"
        raise ValueError(msg)
    if envelope not in get_args(EnvelopeName):
        msg = f"envelope must be one of {', '.join(get_args(EnvelopeName))}, not {envelope!r}"
        raise ValueError(msg)
    _, best, median = next((row for row in _SAR if bits < row[0]), _SAR[-1])
    return best if envelope == "best" else median


def conversion_energy(bits: float, envelope: EnvelopeName = "median") -> float:
    """Return what a conversion takes [J], see the module.

    Parameters
    ----------
    bits
        Effective bits. Those of a chip's description stand for them, which is on the safe side.

    Raises
    ------
    ValueError
        As `walden_figure`.
    """
    walden = walden_figure(bits, envelope) * 2.0**bits
    ratio = 6.02 * bits + 1.76 - BEST_SCHREIER
    return float(max(walden, 10 ** (ratio / 10) / 2))
