"""The sensory tasks: what is told apart, by which features, with how large a network.

Features and hidden neurons were chosen by stratified cross-validation in five folds on the training
part of each data set alone, drawn three times where samples are few and ten times for the last
choice; the test part had no say. First came the accuracy of the float network, and among equals how
often the integer model of the preset `default` agreed with it. What the folds that were left out
gave, without jitter and with a penalty of 0.01 except where `training` is named, with a penalty of
1 if nothing else is said:

==================  ==========================================  ======  =========  ===========
task                features                                    hidden  float [%]  integer [%]
==================  ==========================================  ======  =========  ===========
japanese-vowels     5 windows                                   32      97.4       97.8
japanese-vowels     5 windows, duration                         32      98.1       98.1
japanese-vowels     5 windows, duration, `training`             32      98.1       98.5
basic-motions       5 windows                                   32      85.0       84.2
basic-motions       5 quantiles                                 16      100        100
basic-motions       5 quantiles, `training` with 0.1 or 1       16      100        100
pickup-gesture      8 windows                                   32      58.7       58.7
pickup-gesture      8 windows, duration                         32      67.3       68.0
pickup-gesture      8 windows, 9 quantiles, duration            32      70.7       71.3
pickup-gesture      the same, `training`                        32      77.6       78.2
pickup-gesture      the same, `training`                        48      78.6       78.6
pickup-gesture      the same, `training`                        64      79.2       77.4
==================  ==========================================  ======  =========  ===========

All motions were told apart, so there the left-out sample nearest to another class chose, in four
folds drawn three times:
from the best output to the next it had 2.6 times the error (rms) of arrays that were written, with
a penalty of 0.1, and 1.6 times with 1; 32 hidden neurons gave 2.8 and 1.8.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ohmloom_sim.senses.features import SeriesFeatures

__all__ = ["SENSES", "Sense"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Sense:
    """A data set, and what is made of it."""

    dataset: str
    """Its name in the archive of time series."""
    classes: Mapping[str, str]
    """What each class is, by its name in the file, in the order in which classes are counted."""
    features: SeriesFeatures
    """Inputs of the network."""
    hidden: int
    """Neurons of its hidden layer."""
    copies: int
    """How often each sample is trained on in an epoch."""
    penalty: float
    """On the squares of the weights."""


SENSES: Mapping[str, Sense] = {
    "japanese-vowels": Sense(
        dataset="JapaneseVowels",
        classes={str(n): f"speaker {n}" for n in range(1, 10)},
        features=SeriesFeatures(windows=5, duration=True),
        hidden=32,
        copies=5,
        penalty=1.0,
    ),
    "basic-motions": Sense(
        dataset="BasicMotions",
        classes={name: name.lower() for name in ("Standing", "Walking", "Running", "Badminton")},
        features=SeriesFeatures(quantiles=5),
        hidden=16,
        copies=20,
        penalty=0.1,
    ),
    "pickup-gesture": Sense(
        dataset="PickupGestureWiimoteZ",
        classes={str(n): f"person {n}" for n in range(1, 11)},
        features=SeriesFeatures(windows=8, quantiles=9, duration=True),
        hidden=64,
        copies=20,
        penalty=1.0,
    ),
}
"""By the name of the task.

``japanese-vowels``
    Sound: twelve coefficients of nine men's speech, who say two vowels. Who is it? 7 to 29 points.
``basic-motions``
    Motion: acceleration and rotation in three directions each of a watch at the wrist, for ten
    seconds. What is its wearer doing? 100 points.
``pickup-gesture``
    Touch: acceleration along one direction of a controller that is taken in the hand and picked up.
    Who of ten does it? 29 to 361 points.
"""
