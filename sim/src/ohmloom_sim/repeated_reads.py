"""What a chip makes of several reads of a conversion."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["combined_reads", "median_of_means"]


def median_of_means(codes: NDArray[np.int64], vote: int) -> NDArray[np.int64]:
    """Return one code for the reads along the first axis, as `combine_reads` does.

    Parameters
    ----------
    codes
        Reads x whatever.
    vote
        How many means there are, 1 or 3; each is of neighbours, rounded, a tie up.
    """
    average = len(codes) // vote
    groups = codes.reshape(vote, average, *codes.shape[1:]).sum(axis=1)
    voted: NDArray[np.int64] = np.sort((groups + average // 2) // average, axis=0)[vote // 2]
    return voted


def combined_reads(
    codes: NDArray[np.int64], over_range: NDArray[np.bool_], vote: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return one code for the reads along the first axis, and whether it is out of range.

    Most of the means must hold a read that is.

    Parameters
    ----------
    codes, over_range
        Reads x whatever.
    vote
        How many means there are, 1 or 3.
    """
    voters = over_range.reshape(vote, -1, *over_range.shape[1:]).any(axis=1)
    return median_of_means(codes, vote), np.asarray(voters.sum(axis=0) > vote // 2)
