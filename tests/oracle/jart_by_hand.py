"""JART VCM v1b for one device, from its published equations and in their sign (v < 0 sets)."""

import math

from scipy.optimize import brentq

Q, K, H, E0, M0 = 1.602176634e-19, 1.380649e-23, 6.62607015e-34, 8.8541878128e-12, 9.1093837015e-31
AREA = math.pi * 45e-9**2
EMISSION = AREA * 6.01e5
OHM_METRE = 1 / (2 * Q * 4e-6 * AREA)
PLUG = 2.6e-9 * OHM_METRE / 20e26


def published(v: float, vacancies: float, ambient: float = 293.0) -> tuple[float, float]:
    """Return the current [A] and dN/dt [1e26/m^3 s]."""
    density = vacancies * 1e26
    disc = 0.4e-9 * OHM_METRE / density

    def at(contact: float) -> tuple[float, float]:
        i = _series(v - contact, disc + PLUG)
        heating = 15.72e6 * (1.0 if v < 0 else 0.27)
        return i, ambient + i * (contact + i * (disc + PLUG)) * heating

    def excess(contact: float) -> float:
        i, hot = at(contact)
        return _emission(v, contact, density, hot) - i

    ends = (v, 0.0) if v < 0 else (0.0, min(v, 0.072))
    contact = brentq(excess, *ends, xtol=1e-17)
    i, hot = at(contact)
    field = i * disc / 0.4e-9 if v < 0 else (contact + i * (disc + PLUG)) / 3e-9
    g = 2 * field * 0.25e-9 / (math.pi * 1.35)
    even = math.sqrt(1 - g * g) + g * math.asin(g)
    forth, back = (
        math.exp(-1.35 * Q / (K * hot) * (even - sign * g * math.pi / 2)) for sign in (1, -1)
    )
    room = 1 - (vacancies / 20) ** 10 if v < 0 else 1 - (0.008 / vacancies) ** 10
    speed = (20 + vacancies) / 2 / 0.4e-9 * 0.25e-9 * 2e13
    return i, -speed * (forth - back) * room


def _series(drop: float, ohms: float) -> float:
    def excess(i: float) -> float:
        line = 719.2437 * (1 + 719.2437 * 3.92e-3 * 90471.47 * i * i)
        return i * (ohms + 650 + line) - drop

    low, high = sorted((0.0, drop / 1000))
    return brentq(excess, low, high, xtol=1e-30, rtol=1e-13)


def _emission(v: float, contact: float, density: float, hot: float) -> float:
    thermal = K * hot
    lowered = Q**3 * 2 * density * max(0.08 - contact, 0.0) / (8 * math.pi**2 * (5.5 * E0) ** 3)
    phi = max(0.18 - lowered**0.25, 0.0)
    if v > 0:
        return EMISSION * hot**2 * math.exp(-Q * phi / thermal) * math.expm1(Q * contact / thermal)
    w = Q * H / (4 * math.pi) * math.sqrt(2 * density / (M0 * 17 * E0))
    w0 = w / math.tanh(w / thermal)
    e = w / (w / thermal - math.tanh(w / thermal))
    root = math.sqrt(math.pi * w * Q * (-contact + phi / math.cosh(w / thermal) ** 2))
    return -EMISSION * hot / K * root * math.exp(-Q * phi / w0) * math.expm1(-Q * contact / e)
