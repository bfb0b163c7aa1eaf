"""Networks that hold where weights are coarse: trained on jittered samples, with small weights.

Few samples are easily fitted with large weights, and one large weight leaves all others few of the
chip's levels. So each sample is trained on several times, its features jittered anew each time, and
a strong penalty keeps weights small: what is learnt then holds for neighbours too, and for a
network that is a little off.
"""

import importlib
import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.network import Network, from_sklearn

__all__ = ["jittered", "train_hardened"]

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

_JITTER = 0.1


def jittered(inputs: Floats, copies: int, rng: np.random.Generator) -> Floats:
    """Return each sample so many times in a row, moved at random but left between 0 and 1.

    Parameters
    ----------
    inputs
        From 0 to 1, samples x inputs.
    copies
        Of each sample.
    rng
        Of the moves, which are normal with a deviation of 0.1.
    """
    repeated = np.repeat(inputs, copies, axis=0)
    moved: Floats = np.clip(repeated + rng.normal(0.0, _JITTER, repeated.shape), 0.0, 1.0)
    return moved


def train_hardened(
    inputs: Floats, labels: Labels, *, hidden: int, copies: int, penalty: float, seed: int
) -> Network:
    """Train an MLP of one hidden layer, in some seconds.

    Parameters
    ----------
    inputs
        From 0 to 1, samples x inputs.
    labels
        Classes, one a sample.
    hidden
        Neurons of the hidden layer.
    copies
        How often each sample is trained on in an epoch.
    penalty
        On the squares of the weights, as scikit-learn counts it.
    seed
        Of the jitter, of the first weights and of the order of the samples.
    """
    # It takes seconds to import, and few commands need it.
    model: Any = importlib.import_module("sklearn.neural_network").MLPClassifier(
        (hidden,), max_iter=400, alpha=penalty, learning_rate_init=3e-3, random_state=seed
    )
    x = jittered(inputs, copies, np.random.default_rng(seed))
    with warnings.catch_warnings():
        # The accuracy on the test part tells whether training was long enough.
        warnings.simplefilter(
            "ignore", importlib.import_module("sklearn.exceptions").ConvergenceWarning
        )
        model.fit(x, np.repeat(labels, copies))
    return from_sklearn(model)
