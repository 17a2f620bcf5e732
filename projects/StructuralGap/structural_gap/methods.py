"""The methods compared, and the measures that a test gives."""

# Each differs from the first by the key model.distill_head.losses.
CONFIGS = dict(
    relational='reldistill_miniworld.py',
    relational_cross='baselines/relational_cross_miniworld.py',
    relational_intra='baselines/relational_intra_miniworld.py',
    similarity='baselines/similarity_miniworld.py',
    contrastive='baselines/contrastive_miniworld.py')
COLOURS = dict(
    relational='#2ca02c',
    relational_cross='#bcbd22',
    relational_intra='#9467bd',
    similarity='#1f77b4',
    contrastive='#d62728')
GAPS = dict(
    uniformity_gap='|U − U*|', tolerance_gap='|T − T*|', modality_gap='G')
ZERO_SHOT = 'miou'


def with_gaps(figures: dict[str, float]) -> dict[str, float]:
    """Add the differences of student and teacher in U and T."""
    return dict(
        figures, **{
            f'{name}_gap': abs(figures[name] - figures[f'teacher_{name}'])
            for name in ('uniformity', 'tolerance')
        })
