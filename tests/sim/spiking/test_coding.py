import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ohmloom_sim.spiking.coding import (
    bernoulli_events,
    delayed,
    delta_events,
    rate_events,
    reconstruct,
)

SHARES = st.lists(st.floats(0, 1), min_size=1, max_size=6)
SIGNALS = st.integers(1, 3).flatmap(
    lambda channels: st.lists(
        st.lists(st.floats(-3, 3), min_size=channels, max_size=channels), min_size=1, max_size=12
    )
)


@settings(max_examples=40, deadline=None)
@given(values=SHARES, ticks=st.integers(1, 60), phase=st.floats(0, 0.999))
def test_rate_count_is_within_one_of_the_share_of_ticks(values, ticks, phase):
    counts = rate_events(values, ticks, phase=phase).sum(axis=0)
    assert (np.abs(counts - ticks * np.array(values)) < 1 + 1e-9).all()


@settings(max_examples=40, deadline=None)
@given(values=SHARES, ticks=st.integers(1, 60))
def test_rate_count_is_within_one_at_every_tick_from_half_a_carried_event(values, ticks):
    so_far = np.cumsum(rate_events(values, ticks), axis=0)
    wanted = np.outer(np.arange(1, ticks + 1), values)
    assert (np.abs(so_far - wanted) <= 0.5 + 1e-9).all()


def test_rate_events_are_spread_as_a_leftover_is_carried_on():
    found = rate_events([0.0, 0.25, 0.6, 1.0], 8)
    for share, events in zip([0.0, 0.25, 0.6, 1.0], found.T, strict=True):
        left, expected = 0.5, []
        for _ in range(8):
            left += share
            expected.append(left >= 1)
            left -= left >= 1
        assert events.tolist() == expected


def test_bernoulli_events_come_with_their_probability_and_from_the_generator():
    values = np.array([0.0, 0.1, 0.5, 0.9, 1.0])
    found = bernoulli_events(values, 20_000, np.random.default_rng(3))
    error = np.sqrt(values * (1 - values) / 20_000)
    assert (np.abs(found.mean(axis=0) - values) <= 4 * error).all()
    again = bernoulli_events(values, 20_000, np.random.default_rng(3))
    assert np.array_equal(found, again)
    assert not np.array_equal(found, bernoulli_events(values, 20_000, np.random.default_rng(4)))


@settings(max_examples=40, deadline=None)
@given(
    signal=SIGNALS,
    threshold=st.floats(0.05, 2),
    ticks_per_sample=st.integers(1, 4),
    start=st.floats(-1, 1),
)
def test_delta_events_tell_the_signal_to_a_threshold_wherever_they_are_not_late(
    signal, threshold, ticks_per_sample, start
):
    coded = delta_events(signal, threshold, ticks_per_sample=ticks_per_sample, start=start)
    told = reconstruct(coded.events, threshold, start=start)
    held = np.array([row for row in signal for _ in range(ticks_per_sample)])
    within = np.abs(told - held) < threshold + 1e-9
    assert np.array_equal(within | coded.late, np.ones_like(within))
    assert (np.abs(told - held)[coded.late] > threshold - 1e-9).all()


@settings(max_examples=40, deadline=None)
@given(signal=SIGNALS, threshold=st.floats(0.25, 2))
def test_nothing_is_late_where_every_jump_has_its_ticks(signal, threshold):
    # Signals and the start are within 3 of 0, so that no jump takes more than 24 events.
    coded = delta_events(signal, threshold, ticks_per_sample=25)
    assert not coded.late[24::25].any()


def test_delta_events_are_one_a_tick_up_lines_first():
    coded = delta_events([[0.4, 0.0], [0.5, -1.2]], 0.5, ticks_per_sample=3)
    assert coded.events.astype(int).tolist() == [
        [0, 0, 0, 0],
        [0, 0, 0, 0],
        [0, 0, 0, 0],
        [1, 0, 0, 1],
        [0, 0, 0, 1],
        [0, 0, 0, 0],
    ]
    assert coded.late.astype(int).tolist() == [[0, 0], [0, 0], [0, 0], [0, 1], [0, 0], [0, 0]]


@settings(max_examples=40, deadline=None)
@given(
    events=st.lists(st.lists(st.booleans(), min_size=2, max_size=2), min_size=1, max_size=10),
    copies=st.integers(1, 4),
    gap=st.integers(1, 5),
)
def test_delayed_events_come_again_on_their_own_lines(events, copies, gap):
    found = delayed(np.array(events), copies, gap)
    assert found.shape == (len(events), 2 * copies)
    for tick in range(len(events)):
        for copy in range(copies):
            for line in range(2):
                before = tick - copy * gap
                expected = before >= 0 and events[before][line]
                assert found[tick, 2 * copy + line] == expected


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rate_events([1.5], 4), r"values must be in \[0, 1\] and one a line, not \[1.5\]"),
        (
            lambda: rate_events([[0.5]], 4),
            r"values must be in \[0, 1\] and one a line, not \[\[0.5\]\]",
        ),
        (lambda: rate_events([0.5], 0), "ticks must be at least 1, not 0"),
        (lambda: rate_events([0.5], 4, phase=1.0), r"phase must be in \[0, 1\), not 1.0"),
        (
            lambda: bernoulli_events([float("nan")], 4, np.random.default_rng(0)),
            r"values must be in \[0, 1\] and one a line, not \[nan\]",
        ),
        (
            lambda: delta_events([1.0, 2.0], 0.5),
            r"signal must be of shape samples x channels, not \(2,\)",
        ),
        (lambda: delta_events([[1.0], [np.inf]], 0.5), "signal must be finite, not inf"),
        (lambda: delta_events([[1.0]], 0.0), "threshold must be above 0, not 0.0"),
        (
            lambda: delta_events([[1.0]], 0.5, ticks_per_sample=0),
            "ticks_per_sample must be at least 1, not 0",
        ),
        (
            lambda: reconstruct(np.zeros((2, 3), bool), 0.5),
            r"events must be of shape ticks x 2 channels, not \(2, 3\)",
        ),
        (
            lambda: delayed(np.zeros((2, 2), bool), 0, 1),
            "copies and gap must be at least 1, not 0 and 1",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(call, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        call()
