"""What a chip makes of several reads of a conversion."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["median_of_means"]


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
