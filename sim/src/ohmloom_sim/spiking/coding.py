"""Signals as events: how often for a value, or where it changes.

In rate coding a line's value is the share of ticks in which it carries an event. In delta coding
each channel has two lines, up and down: an event says that the signal has moved by a threshold from
where the events before have left it. Events are (ticks, lines) of bool.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "DeltaEvents",
    "Events",
    "bernoulli_events",
    "delayed",
    "delta_events",
    "rate_events",
    "reconstruct",
]

Events = NDArray[np.bool_]
Floats = NDArray[np.float64]


def rate_events(values: ArrayLike, ticks: int, *, phase: ArrayLike = 0.5) -> Events:
    """Spread a value's events evenly, by carrying on what is left of it from tick to tick.

    Parameters
    ----------
    values
        Share of the ticks in which each line has an event, in [0, 1], (lines,).
    ticks
        How many.
    phase
        What is carried before the first tick, in [0, 1), for all lines or one a line. A line of
        value v has ``floor(ticks v + phase)`` events, which is the nearest integer at one half.

    Returns
    -------
    numpy.ndarray
        Events, (ticks, lines).

    Raises
    ------
    ValueError
        Where a value is not in [0, 1], a phase not in [0, 1), or there is no tick.
    """
    shares = _shares(values, ticks)
    carried = np.asarray(phase, dtype=np.float64)
    if not ((carried >= 0) & (carried < 1)).all():
        msg = f"phase must be in [0, 1), not {carried}"
        raise ValueError(msg)
    whole = np.floor(np.arange(ticks + 1)[:, np.newaxis] * shares + carried)
    return np.diff(whole, axis=0) > 0


def bernoulli_events(values: ArrayLike, ticks: int, rng: np.random.Generator) -> Events:
    """Draw each event by itself, with the value as its probability.

    Parameters
    ----------
    values
        Probability of an event in a tick, in [0, 1], (lines,).
    ticks
        How many.
    rng
        What is drawn from.

    Returns
    -------
    numpy.ndarray
        Events, (ticks, lines).

    Raises
    ------
    ValueError
        Where a value is not in [0, 1], or there is no tick.
    """
    shares = _shares(values, ticks)
    return rng.random((ticks, len(shares))) < shares


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class DeltaEvents:
    """What a delta coder gives for a signal."""

    events: Events
    """Events, (ticks, 2 channels): first every channel's line up, then every channel's down."""
    late: NDArray[np.bool_]
    """Where one event was not enough to come within a threshold of the signal, (ticks, channels).

    What is still missing follows in the next ticks, so that it is late, and lost at the end only.
    """


def delta_events(
    signal: ArrayLike, threshold: float, *, ticks_per_sample: int = 1, start: ArrayLike = 0.0
) -> DeltaEvents:
    """Give an event wherever a signal is a threshold or more from what the events so far say.

    Parameters
    ----------
    signal
        Samples of each channel, (samples, channels).
    threshold
        How far the signal moves for an event, above 0, in the unit of the signal.
    ticks_per_sample
        For how many ticks each sample is held; more of them let the events of a jump follow each
        other, for a line has one event a tick at most.
    start
        Where the events start from, in the unit of the signal, for all channels or one a channel.

    Raises
    ------
    ValueError
        Where the signal is not finite or not (samples, channels), or a number is out of its range.
    """
    samples = np.asarray(signal, dtype=np.float64)
    if samples.ndim != 2 or not samples.size:
        msg = f"signal must be of shape samples x channels, not {samples.shape}"
        raise ValueError(msg)
    if not np.isfinite(samples).all():
        msg = f"signal must be finite, not {samples[~np.isfinite(samples)][0]}"
        raise ValueError(msg)
    _check_threshold(threshold)
    if ticks_per_sample < 1:
        msg = f"ticks_per_sample must be at least 1, not {ticks_per_sample}"
        raise ValueError(msg)
    held = np.repeat(samples, ticks_per_sample, axis=0)
    origin = np.broadcast_to(np.asarray(start, dtype=np.float64), held.shape[1:])
    steps = np.zeros(held.shape, dtype=np.int64)
    late = np.zeros(held.shape, dtype=np.bool_)
    count = np.zeros(held.shape[1], dtype=np.int64)
    for tick, wanted in enumerate(held):
        distance = wanted - (origin + threshold * count)
        steps[tick] = np.where(np.abs(distance) >= threshold, np.sign(distance), 0)
        count += steps[tick]
        late[tick] = np.abs(wanted - (origin + threshold * count)) >= threshold
    return DeltaEvents(events=np.hstack([steps > 0, steps < 0]), late=late)


def reconstruct(events: Events, threshold: float, *, start: ArrayLike = 0.0) -> Floats:
    """Sum delta-coded events up to the signal that they tell of.

    Parameters
    ----------
    events
        Events, (ticks, 2 channels).
    threshold
        As in the coder.
    start
        As in the coder.

    Returns
    -------
    numpy.ndarray
        The signal after each tick, (ticks, channels). It is less than a threshold from what was
        coded wherever the coder was not late.

    Raises
    ------
    ValueError
        Where the lines are not two a channel, or the threshold is not above 0.
    """
    if events.ndim != 2 or events.shape[1] % 2:
        msg = f"events must be of shape ticks x 2 channels, not {events.shape}"
        raise ValueError(msg)
    _check_threshold(threshold)
    up, down = np.hsplit(events.astype(np.int64), 2)
    origin = np.asarray(start, dtype=np.float64)
    return np.asarray(origin + threshold * np.cumsum(up - down, axis=0))


def delayed(events: Events, copies: int, gap: int) -> Events:
    """Let each event come again on lines of their own, so that it meets the ones that follow it.

    Parameters
    ----------
    events
        Events, (ticks, lines).
    copies
        How often an event comes, the first time undelayed.
    gap
        Ticks from one time to the next.

    Returns
    -------
    numpy.ndarray
        Events, (ticks, copies x lines), by rising delay; what would come after the last tick is
        left out.

    Raises
    ------
    ValueError
        Where copies or gap are not at least 1.
    """
    if copies < 1 or gap < 1:
        msg = f"copies and gap must be at least 1, not {copies} and {gap}"
        raise ValueError(msg)
    ticks, lines = events.shape
    before = np.zeros(((copies - 1) * gap, lines), dtype=np.bool_)
    long = np.vstack([before, events])
    starts = [len(before) - copy * gap for copy in range(copies)]
    return np.hstack([long[start : start + ticks] for start in starts])


def _shares(values: ArrayLike, ticks: int) -> Floats:
    shares = np.asarray(values, dtype=np.float64)
    if shares.ndim != 1 or not ((shares >= 0) & (shares <= 1)).all():
        msg = f"values must be in [0, 1] and one a line, not {shares}"
        raise ValueError(msg)
    if ticks < 1:
        msg = f"ticks must be at least 1, not {ticks}"
        raise ValueError(msg)
    return shares


def _check_threshold(threshold: float) -> None:
    if not 0 < threshold < np.inf:
        msg = f"threshold must be above 0, not {threshold}"
        raise ValueError(msg)
