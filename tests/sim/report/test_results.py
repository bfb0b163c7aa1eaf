import numpy as np

from ohmloom_sim.report.results import confusion_figure

LABELS, FOUND = np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1])


def ticks(figure):
    (plot,) = figure.axes
    return [
        [text.get_text() for text in axis.get_ticklabels()] for axis in (plot.xaxis, plot.yaxis)
    ]


def test_classes_with_names_are_called_by_them():
    names = ["standing", "walking"]
    assert ticks(confusion_figure(LABELS, FOUND, 2, names=names)) == [names, names]


def test_classes_without_names_are_called_by_their_numbers():
    assert ticks(confusion_figure(LABELS, FOUND, 2)) == [["0", "1"], ["0", "1"]]
