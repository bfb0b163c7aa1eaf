import itertools

import numpy as np

from ohmloom_analog.seeds import stream


def test_stream_is_made_again_from_seed_tile_and_name():
    first, again = (stream(7, 2, "drift").random(5) for _ in range(2))
    assert np.array_equal(first, again)


def test_seed_tile_and_name_each_give_another_stream():
    keys = itertools.product((0, 1), (0, 1), ("drift", "shot"))
    firsts = {stream(*key).random() for key in keys}
    assert len(firsts) == 8


def test_streams_of_two_names_are_uncorrelated():
    one, other = (stream(0, 0, name).standard_normal(100_000) for name in ("read_noise", "flicker"))
    assert abs(np.corrcoef(one, other)[0, 1]) < 3 / np.sqrt(100_000)
