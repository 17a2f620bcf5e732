"""What is said of a recording that was converted."""
from .listing import Files
from .matching import Match
from .poses import NAME as POSES
from .poses import Trajectory


def tell_matches(clouds: Files, matches: dict[str, Match],
                 trajectory: Trajectory | None) -> list[str]:
    """Lines on which images were matched, and how far apart.

    Args:
        clouds (Files): The clouds.
        matches (dict[str, Match]): Camera to its matches.
        trajectory (Trajectory, optional): What ``poses.txt`` says.
    """
    total = len(clouds.paths)
    notes = []
    for name, match in matches.items():
        line = (f'{name}: {len(match.images)} of {total} clouds have an image,'
                f' by {match.by}')
        without = [stem for stem in clouds.paths if stem not in match.images]
        if without:
            line += f" (not '{without[0]}'" + (', say)'
                                               if without[1:] else ')')
        if match.largest is not None:
            cloud, gap = match.largest
            line += (f'; the largest gap is {1e3 * abs(gap):.0f} ms '
                     f"(cloud '{cloud}')")
        notes.append(line)
    gap = max(
        (abs(match.largest[1]) for match in matches.values() if match.largest),
        default=0.)
    if trajectory is None and gap > 0.01:
        notes.append(f'There is no {POSES}, so that what moves by 10 m/s is '
                     f'off by up to {10 * gap:.2g} m in the images.')
    if trajectory is not None and trajectory.upside_down:
        notes.append(
            f'By {POSES} the vehicle is upside down (z down) at '
            f'{100 * trajectory.upside_down:.0f} % of the poses: right where '
            'the z of its frame points down; else qw, which is last, was '
            'written first.')
    return notes
