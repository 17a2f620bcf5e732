"""Compare the clouds of two sensors, and say which switch helps.

``python tools/compare_data.py TRAINED_ON USED_ON --out compared.png``
"""
import argparse
from pathlib import Path

import _start  # noqa: F401

from reldistill_mm.cli.command_line import one_line_errors
from reldistill_mm.errors import BadInput
from reldistill_mm.io.files import require_file_place
from reldistill_mm.io.named_inputs import list_scans, require_scan


def main() -> None:
    """Compare, print and draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        'first',
        type=Path,
        help='what a model was trained on: an info file, a folder, or a scan '
        '(.bin, .pcd, .ply, .npy)')
    parser.add_argument(
        'second', type=Path, help='what it is to be used on, alike')
    parser.add_argument(
        '--out',
        default='compared.png',
        help='picture of the histograms (default: %(default)s)')
    parser.add_argument(
        '--scans',
        type=int,
        default=10,
        help='most scans to read of each (default: %(default)s)')
    for letter in 'ab':
        what = 'first' if letter == 'a' else 'second'
        parser.add_argument(
            f'--root-{letter}',
            type=Path,
            help=f"folder of the data of the {what} (default: the info "
            "file's)")
        parser.add_argument(
            f'--columns-{letter}',
            type=int,
            help=f'columns of the .bin files of the {what} (default: found)')
        parser.add_argument(
            f'--intensity-scale-{letter}',
            type=float,
            help=f'factor on the intensities of the {what}, to 0 to 255 '
            '(default: found)')
    args = parser.parse_args()
    if args.scans < 1:
        raise BadInput(f'--scans {args.scans} must be at least 1.')
    require_file_place(args.out, '--out')
    for path in (args.first, args.second):
        if path.suffix != '.pkl':
            require_scan(list_scans(path)[0])
    from reldistill_mm.apis.compare_data import compare_data
    lines = compare_data(args.first, args.second, args.out, args.scans,
                         (args.columns_a, args.columns_b),
                         (args.intensity_scale_a, args.intensity_scale_b),
                         (args.root_a, args.root_b))
    print(*lines, f'Wrote {args.out}', sep='\n')


if __name__ == '__main__':
    with one_line_errors():
        main()
