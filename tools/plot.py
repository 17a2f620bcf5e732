"""Compare training runs in one figure.

``python tools/plot.py work_dirs/a work_dirs/b --out runs.png`` draws loss,
learning rate, mIoU, uniformity, tolerance, modality gap and CKA, as far as
the runs have logged them. It may be called while they are running.
"""
import argparse

import _start  # noqa: F401

from reldistill_mm.cli.command_line import one_line_errors


def main() -> None:
    """Read the logs and draw."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        'work_dirs', nargs='+', help='work dirs of tools/train.py')
    parser.add_argument(
        '--out',
        default='runs.png',
        help='picture to write (default: %(default)s)')
    args = parser.parse_args()
    from reldistill_mm.apis.browse_pairs import check_picture_name
    from reldistill_mm.io.files import atomic_path
    from reldistill_mm.visualization import draw_runs
    check_picture_name(args.out, '--out')
    figure = draw_runs(args.work_dirs)
    with atomic_path(args.out) as fresh:
        figure.savefig(fresh, dpi=110)
    print(f'Wrote {args.out}')


if __name__ == '__main__':
    with one_line_errors():
        main()
