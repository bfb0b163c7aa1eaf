"""The two passes of a sweep over many vectors at once, compiled.

Eight vectors are solved at a time and are innermost (`lanes`), so that the recurrences along the
lines, which can't be cut into pieces, run in the processor's vector units. More at once would leave
the processor's cache sooner. The first pass solves the word lines row by row and takes the bit
lines' sums along, the second goes back up the bit lines; so a sweep reads and writes each voltage
twice. The coefficients are those of `ladder`; all arrays are counted from the open ends, and are
contiguous. Each kernel works in the precision of its arrays.

This module imports numba: a quarter of a second, and seconds the first time ever, when it
compiles. The compiled code is kept beside the source, or in the user's cache where that can't be
written to; NUMBA_CACHE_DIR names another place.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numba.core import config
from numpy.typing import NDArray

from ohmloom_analog.engines.lanes import (
    WIDTH,
    double,
    fused,
    load,
    magnitude,
    single,
    spread,
    store,
)
from ohmloom_analog.engines.protocol import Floats

__all__ = ["accelerate", "add", "begin", "descend", "down", "gather", "project"]

Reals = NDArray[np.floating[Any]]
Singles = NDArray[np.float32]

# Of no fixed type, since what numba says of itself changes from version to version.
_CONFIG: Any = config
_NJIT: Any = numba.njit

if _CONFIG.DISABLE_JIT:
    # Nothing here works uncompiled.
    _SWITCHED_OFF = "numba must be allowed to compile, and NUMBA_DISABLE_JIT forbids it"
    raise ImportError(_SWITCHED_OFF)

_Function = TypeVar("_Function", bound=Callable[..., Any])


def _compiled(function: _Function) -> _Function:
    # Sums may be reordered and multiplied and added in one step, but NaN and infinity stay.
    def compiled(cache: bool) -> Any:
        return _NJIT(
            cache=cache,
            nogil=True,
            error_model="numpy",
            fastmath={"contract", "reassoc", "nsz"},
        )(function)

    try:
        return cast(_Function, compiled(cache=True))
    except RuntimeError:
        # There is no place to write to.
        return cast(_Function, compiled(cache=False))


@_compiled
def down(
    conductance: Reals,
    passed: Reals,
    series: Reals,
    driven: Reals,
    below: Reals,
    voltages: Reals,
    x: Reals,
    t: Reals,
) -> None:
    """Solve the word lines for bit voltages x; leave the bit lines' Norton currents in t.

    Parameters
    ----------
    conductance, passed, series, driven
        Of cells and word lines, (R, L).
    below
        f of the bit lines, (R, L).
    voltages
        Of the drivers, (R, 8) [V].
    x
        Bit voltages, (R, L, 8) [V].
    t
        Overwritten, (R, L, 8) [A].
    """
    rows, lines, _ = x.shape
    held, here, drivers = x.reshape(x.size), t.reshape(t.size), voltages.reshape(voltages.size)
    zero = x.dtype.type(0)
    row = lines * WIDTH
    for i in range(rows):
        g, f, h, u, fb = conductance[i], passed[i], series[i], driven[i], below[max(i - 1, 0)]
        start = i * row
        norton, before = spread(zero), zero
        for j in range(lines):
            norton = fused(before, norton, g[j] * load(held, start + j * WIDTH))
            store(here, start + j * WIDTH, norton)
            before = f[j]
        word = spread(zero)
        driver = load(drivers, i * WIDTH)
        # Above the first row there is nothing.
        above = start - row if i else start
        for back in range(1, lines + 1):
            j = lines - back
            place = j * WIDTH
            fed = (fb[j] if i else zero) * load(here, above + place)
            word = fused(f[j], word, h[j] * load(here, start + place))
            store(here, start + place, g[j] * (word + u[j] * driver) + fed)


@_compiled
def project(
    conductance: Reals,
    passed: Reals,
    series: Reals,
    currents: Singles,
    x: Reals,
    t: Reals,
    row: Reals,
    lack: Singles,
    misfit: Reals,
    shares: Singles,
) -> None:
    """Solve the bit lines for Norton currents t; tell what x lacks, in single precision.

    Parameters
    ----------
    conductance
        Of the cells, (R, L) [S].
    passed, series
        Of the bit lines, (R, L).
    currents
        Of the modes, (R, L, m) [A].
    x
        Bit voltages before the sweep, (R, L, 8) [V].
    t
        As `down` leaves it, (R, L, 8) [A].
    row
        Work space, (L, 8).
    lack
        Overwritten: b - x, (R, L, 8) [V].
    misfit
        Overwritten: the sum of g |b - x| over the cells, (8,) [A].
    shares
        Overwritten: the products of b - x with the currents, (m, 8) [W].
    """
    rows, lines, _ = x.shape
    modes = shares.shape[0]
    held, norton, rest = x.reshape(x.size), t.reshape(t.size), lack.reshape(lack.size)
    carried = row.reshape(row.size)
    products = shares.reshape(shares.size)
    carried[:] = 0.0
    total = spread(x.dtype.type(0))
    products[:] = np.float32(0)
    for back in range(1, rows + 1):
        i = rows - back
        g, f, h, mode = conductance[i], passed[i], series[i], currents[i]
        start = i * lines * WIDTH
        for j in range(lines):
            place = j * WIDTH
            now = h[j] * load(norton, start + place) + f[j] * load(carried, place)
            store(carried, place, now)
            change = now - load(held, start + place)
            total = total + g[j] * magnitude(change)
            less = single(change)
            store(rest, start + place, less)
            for m in range(modes):
                share = m * WIDTH
                store(products, share, load(products, share) + mode[j, m] * less)
    store(misfit, 0, total)


@_compiled
def begin(fields: Singles, shares: Singles, lack: Singles, x: Singles) -> None:
    """Set x to what it lacks, and the fields (R, L, m) of the modes times shares (m, 8)."""
    rows, lines, _ = x.shape
    modes = shares.shape[0]
    rest, first, parts = lack.reshape(lack.size), x.reshape(x.size), shares.reshape(shares.size)
    for i in range(rows):
        mode = fields[i]
        start = i * lines * WIDTH
        for j in range(lines):
            value = load(rest, start + j * WIDTH)
            for m in range(modes):
                value = value + mode[j, m] * load(parts, m * WIDTH)
            store(first, start + j * WIDTH, value)


@_compiled
def accelerate(
    passed: Singles,
    series: Singles,
    lack: Singles,
    x: Singles,
    y: Singles,
    t: Singles,
    momentum: np.float32,
    step: np.float32,
    row: Singles,
) -> None:
    """Solve the bit lines for Norton currents t; put the next iterate in place of the last but one.

    Parameters
    ----------
    passed, series
        Of the bit lines, (R, L).
    lack
        What the driven crossbar adds to a sweep, (R, L, 8) [V].
    x, y
        The iterate, and the one before it, which is overwritten, (R, L, 8) [V].
    t
        As `down` leaves it, (R, L, 8) [A].
    momentum, step
        y becomes x + momentum (x - y) + step (b + lack - x).
    row
        Work space, (L, 8).
    """
    rows, lines, _ = x.shape
    held, old, rest = x.reshape(x.size), y.reshape(y.size), lack.reshape(lack.size)
    norton, carried = t.reshape(t.size), row.reshape(row.size)
    carried[:] = np.float32(0)
    for back in range(1, rows + 1):
        i = rows - back
        f, h = passed[i], series[i]
        start = i * lines * WIDTH
        for j in range(lines):
            place, beside = start + j * WIDTH, j * WIDTH
            now = h[j] * load(norton, place) + f[j] * load(carried, beside)
            store(carried, beside, now)
            bit = load(held, place)
            change = now + load(rest, place) - bit
            store(old, place, bit + momentum * (bit - load(old, place)) + step * change)


@_compiled
def add(x: Floats, e: Singles) -> None:
    """Add e to x, (R, L, 8)."""
    here, more = x.reshape(x.size), e.reshape(e.size)
    for k in range(0, x.size, WIDTH):
        store(here, k, load(here, k) + double(load(more, k)))


@_compiled
def gather(passed: Reals, t: Reals) -> None:
    """Sum currents into the nodes of bit lines up to Norton currents, in their place."""
    rows, lines, _ = t.shape
    here = t.reshape(t.size)
    row = lines * WIDTH
    for i in range(1, rows):
        f = passed[i - 1]
        start = i * row
        for j in range(lines):
            place = start + j * WIDTH
            store(here, place, load(here, place) + f[j] * load(here, place - row))


@_compiled
def descend(
    conductance: Floats,
    passed: Floats,
    series: Floats,
    below: Floats,
    beside: Floats,
    x: Floats,
    r: Floats,
    z: Floats,
    p: Floats,
    mp: Floats,
    q: Floats,
    least: float,
    limit: int,
) -> int:
    """Follow conjugate gradients for one vector, as `gradient` explains; return the iterations.

    Parameters
    ----------
    conductance, passed, series
        Of cells and word lines, (R, L).
    below, beside
        f and h of the bit lines, (R, L).
    x
        Bit voltages, improved in place, (R, L) [V].
    r
        What S x lacks, (R, L) [A]; used up.
    z, p, mp, q
        Work space, (R, L); p and mp start at 0.
    least
        The sum of g |z| over the cells that is good enough [A].
    limit
        The most iterations.
    """
    rows, lines = x.shape
    used, step, before = 0, 0.0, np.inf
    row = np.empty(lines)
    while True:
        for i in range(rows):
            above, fb = z[max(i - 1, 0)], below[max(i - 1, 0)]
            held, rest, way, change, sums = x[i], r[i], p[i], q[i], z[i]
            for j in range(lines):
                held[j] += step * way[j]
                rest[j] -= step * change[j]
                # Above the first row there is nothing.
                sums[j] = rest[j] + (fb[j] * above[j] if i else 0.0)
        row[:] = 0.0
        rz, misfit = 0.0, 0.0
        for back in range(1, rows + 1):
            i = rows - back
            g, fb, hb, rest, sums = conductance[i], below[i], beside[i], r[i], z[i]
            for j in range(lines):
                b = hb[j] * sums[j] + fb[j] * row[j]
                row[j] = b
                sums[j] = b
                rz += b * rest[j]
                misfit += g[j] * abs(b)
        if used >= limit or not misfit > least or not rz > 0:
            return used
        ratio, before, pq = rz / before, rz, 0.0
        for i in range(rows):
            g, f, h = conductance[i], passed[i], series[i]
            way, fed, sums, rest, change = p[i], mp[i], z[i], r[i], q[i]
            for j in range(lines):
                way[j] = sums[j] + ratio * way[j]
                fed[j] = rest[j] + ratio * fed[j]
                change[j] = g[j] * way[j]
            norton = 0.0
            for j in range(lines):
                norton = change[j] + (f[j - 1] * norton if j else 0.0)
                change[j] = norton
            word = 0.0
            for back in range(1, lines + 1):
                j = lines - back
                word = h[j] * change[j] + f[j] * word
                change[j] = word
            for j in range(lines):
                change[j] = fed[j] - g[j] * change[j]
                pq += way[j] * change[j]
        if not pq > 0:
            return used
        step = rz / pq
        used += 1
