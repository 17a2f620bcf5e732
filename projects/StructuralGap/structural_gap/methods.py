"""The methods compared, and the measures that a test gives."""
from collections.abc import Sequence

COLOURS = dict(
    relational='#2ca02c',
    relational_cross='#bcbd22',
    relational_intra='#9467bd',
    similarity='#1f77b4',
    contrastive='#d62728')
# For whatever else lies among the baselines.
MORE_COLOURS = ('#ff7f0e', '#8c564b', '#e377c2', '#17becf', '#7f7f7f',
                '#aec7e8', '#ffbb78', '#98df8a', '#c5b0d5')
GAPS = dict(
    uniformity_gap='|U − U*|', tolerance_gap='|T − T*|', modality_gap='G')
ZERO_SHOT = 'miou'
# Methods of one kind of loss are not independent of one another.
FAMILIES = dict(
    ppkt='contrastive',
    slidr='contrastive',
    stslidr='contrastive',
    clip2scene='contrastive',
    openscene='similarity',
    scalr='similarity')
# The teacher's mIoU at the pairs that the method is trained on.
TAUGHT = 'teacher_miou'


def colours_of(methods: Sequence[str]) -> dict[str, str]:
    """Give each method a colour, always the same ones to the first five."""
    others = [name for name in methods if name not in COLOURS]
    return COLOURS | {
        name: MORE_COLOURS[index % len(MORE_COLOURS)]
        for index, name in enumerate(others)
    }


def family_of(method: str) -> str:
    """Name the kind of loss that a method has: itself, unless it is known."""
    if method.startswith('relational'):
        return 'relational'
    return FAMILIES.get(method, method)


def with_gaps(figures: dict[str, float]) -> dict[str, float]:
    """Add the differences of student and teacher in U and T.

    Where teacher and student are tested together, mIoU is the student's own.
    """
    found = dict(
        figures, **{
            f'{name}_gap': abs(figures[name] - figures[f'teacher_{name}'])
            for name in ('uniformity', 'tolerance')
        })
    if 'miou_student' in figures:
        found.update(
            miou=figures['miou_student'], miou_ensemble=figures['miou'])
    return found
