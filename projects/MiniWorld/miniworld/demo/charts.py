"""Charts of the report: bars per class and a confusion matrix."""
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

# Told apart by everyone: blue and orange.
STUDENT, TEACHER = '#1f6fd0', '#e08a1e'


def draw_bars(classes: Sequence[str], student: Sequence[float],
              teacher: Sequence[float]) -> Figure:
    """Draw the IoU (K,) of both for each class, the teacher's best first."""
    order = np.argsort(-np.nan_to_num(np.asarray(teacher, float)))
    figure = Figure(figsize=(11, 4.2), layout='constrained')
    axis = figure.subplots()
    place = np.arange(len(classes))
    for shift, values, name, colour in (
        (-0.2, teacher, 'teacher, at the pixels that points fall on',
         TEACHER), (0.2, student, 'student, all points', STUDENT)):
        shown = np.asarray(values, float)[order]
        axis.bar(place + shift, shown, 0.4, label=name, color=colour)
    axis.set_xticks(
        place, [classes[i].replace('_', ' ') for i in order],
        rotation=35,
        ha='right')
    axis.set(ylabel='IoU', ylim=(0, 1), title='How well each class is found')
    axis.legend(loc='upper right')
    return figure


def draw_confusion(classes: Sequence[str], matrix: np.ndarray) -> Figure:
    """Draw a (K, K) confusion matrix in percent of each label's points."""
    total = matrix.sum(1, keepdims=True)
    share = 100 * matrix / np.maximum(total, 1)
    names = [name.replace('_', ' ') for name in classes]
    figure = Figure(figsize=(9.5, 8), layout='constrained')
    axis = figure.subplots()
    image = axis.imshow(share, cmap='Blues', vmin=0, vmax=100)
    for row, column in np.argwhere(share >= 3):
        axis.text(
            column,
            row,
            f'{share[row, column]:.0f}',
            ha='center',
            va='center',
            fontsize=8,
            color='white' if share[row, column] > 60 else 'black')
    axis.set_xticks(range(len(names)), names, rotation=45, ha='right')
    axis.set_yticks(range(len(names)), names)
    axis.set(
        xlabel='labelled by the student as',
        ylabel='what it is',
        title='What the student takes for what (3 % and more)')
    figure.colorbar(image, shrink=0.7, label="% of the label's points")
    return figure
