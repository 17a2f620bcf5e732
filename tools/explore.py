"""Explore with words what a model has learned: one page, offline.

``python tools/explore.py CONFIG INFO --checkpoint FILE`` shows a keyframe with
its images, student and teacher; ``python tools/explore.py DIR SCAN`` a scan
with what tools/export_zero_shot.py has written into DIR. Type a word, or click
a point. --serve opens the same page at this machine's own address, where any
word is embedded live.
"""
import argparse
from pathlib import Path

import _start  # noqa: F401

from reldistill_mm.cli.checks import add_intensity, check_intensities
from reldistill_mm.cli.command_line import device, one_line_errors
from reldistill_mm.cli.config_options import add_config_options
from reldistill_mm.functional.prompts import parse_words
from reldistill_mm.io.named_inputs import (require_checkpoint, require_config,
                                           require_page, require_scan)


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        'model', help='a distillation config, or an exported '
        'folder')
    parser.add_argument(
        'source',
        type=Path,
        metavar='scan|info',
        help="an info file (.pkl) whose folder is the data's root, a scan,\n"
        'or a folder of scans')
    parser.add_argument(
        '--checkpoint', help='weights, if the model is a config')
    parser.add_argument(
        '--index',
        type=int,
        nargs='+',
        help='which keyframes or scans (default: the one in the middle)')
    parser.add_argument(
        '--words',
        help="classes, e.g. 'car, tree, road' (default: the model's own)")
    parser.add_argument(
        '--word-list',
        metavar='FILE',
        help='words that the page should know, one per line or separated by\n'
        'commas (default: a list of common words, or those that a small CLIP\n'
        'has learned)')
    add_intensity(parser.add_argument)
    parser.add_argument(
        '--components',
        type=int,
        default=64,
        help='principal components kept of each feature, a byte each\n'
        '(default: %(default)s)')
    parser.add_argument(
        '--out',
        type=Path,
        default=Path('explore/index.html'),
        help='page to write (default: %(default)s)')
    parser.add_argument(
        '--serve',
        type=int,
        nargs='?',
        const=0,
        metavar='PORT',
        help='serve the page on this machine (127.0.0.1) until Ctrl-C')
    parser.add_argument(
        '--device',
        type=device,
        help='device to run on (default: a GPU, where there is one)')
    add_config_options(parser)
    return parser.parse_args()


def check_arguments(args: argparse.Namespace) -> None:
    """Refuse what cannot be right before anything is imported."""
    require_page(args.out, '--out')
    check_intensities(args.intensity, args.intensity_scale, None)
    model = Path(args.model)
    require_config(model / 'zero_shot.py' if model.is_dir() else model)
    if args.checkpoint is not None:
        require_checkpoint(args.checkpoint)
    if not args.source.is_dir() and args.source.suffix != '.pkl':
        require_scan(args.source)


def main() -> None:
    """Write the page, and serve it if asked to."""
    args = parse_args()
    check_arguments(args)
    from mmengine.device import get_device

    from reldistill_mm.apis.explore import explore, write_explorer
    from reldistill_mm.apis.serve_explorer import serve_explorer
    words = None if args.words is None else parse_words(args.words)
    explored = explore(
        args.model, args.source, args.checkpoint, words, args.index,
        args.word_list, args.components, args.device or get_device(),
        args.cfg_options,
        dict(intensity=args.intensity, intensity_scale=args.intensity_scale))
    served = args.serve is not None
    path = write_explorer(explored, args.out)
    size = path.stat().st_size / 1e6
    print(f'Wrote {path} ({size:.1f} MB)')
    if served:
        serve_explorer(explored, args.out.parent, args.serve)


if __name__ == '__main__':
    with one_line_errors():
        main()
