"""The toy study: ``python projects/ToyClusters/run.py``.

It trains every loss in every set-up and writes ``results.json``,
``results.md``, ``curves.json`` and the pictures into ``--out``.
"""
import argparse
from pathlib import Path

import torch
from toy_clusters.pictures import draw_all
from toy_clusters.report import judge, to_markdown
from toy_clusters.study import HIDDEN, run_study

from reldistill_mm.experiments import verdict_of, write_json


def without_curves(run: dict) -> dict:
    """Keep only the last values."""
    return {
        name: value
        for name, value in run.items() if name not in ('curves', 'steps')
    }


def main() -> None:
    """Parse the command line and run the study."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        '--seeds',
        type=int,
        nargs='+',
        default=[0, 1, 2, 3, 4],
        help='seeds (default: %(default)s)')
    parser.add_argument(
        '--iterations',
        type=int,
        default=300,
        help='iterations of a run (default: %(default)s)')
    parser.add_argument(
        '--out',
        type=Path,
        default=Path('work_dirs/toy_clusters'),
        help='folder for tables and pictures (default: %(default)s)')
    args = parser.parse_args()
    # Products this small only lose time to threads.
    torch.set_num_threads(1)
    study = run_study(args.seeds, args.iterations)
    judged = judge(study.runs)
    write_json(
        args.out / 'results.json',
        dict(
            seeds=args.seeds,
            iterations=args.iterations,
            hidden=HIDDEN,
            verdicts={
                name: verdict_of(found)
                for name, found in judged.items()
            },
            findings=judged,
            learning_rates=study.chosen,
            runs=[without_curves(run) for run in study.runs],
            hidden_runs=[without_curves(run) for run in study.hidden_runs]))
    write_json(args.out / 'curves.json', study.runs)
    text = to_markdown(study, args.iterations)
    (args.out / 'results.md').write_text(text)
    pictures = draw_all(study, args.out)
    print(f'\n{text}\n' + '\n'.join(str(path) for path in pictures.values()))


if __name__ == '__main__':
    main()
