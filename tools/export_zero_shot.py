"""Export a trained model without CLIP: the student and its words.

``python tools/export_zero_shot.py CONFIG CHECKPOINT --out DIR``
DIR/zero_shot.py and DIR/zero_shot.pth run in tools/test.py, in mmdet3d's own
tools and in its LidarSeg3DInferencer, and in tools/segment.py.
"""
import argparse

import _start  # noqa: F401

from reldistill_mm.cli.command_line import one_line_errors
from reldistill_mm.cli.config_options import add_config_options
from reldistill_mm.functional.prompts import parse_words
from reldistill_mm.io.files import require_folder
from reldistill_mm.io.named_inputs import require_checkpoint, require_config


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument('config', help='config of the trained model')
    parser.add_argument('checkpoint', help='distilled checkpoint')
    parser.add_argument('--out', required=True, help='folder to write')
    parser.add_argument(
        '--words', help="classes instead of the config's: 'car, tree, road'")
    add_config_options(parser,
                       'e.g. model.zero_shot_head.vocabulary.car=[car,taxi]')
    return parser.parse_args()


def main() -> None:
    """Export and say what was written."""
    args = parse_args()
    words = None if args.words is None else parse_words(args.words)
    require_folder(args.out)
    require_config(args.config)
    require_checkpoint(args.checkpoint)
    from reldistill_mm.apis.export_zero_shot import export_zero_shot
    paths = export_zero_shot(args.config, args.checkpoint, args.out, words,
                             args.cfg_options)
    for path in paths:
        print(f'Wrote {path} ({path.stat().st_size / 1e6:.1f} MB)')


if __name__ == '__main__':
    with one_line_errors():
        main()
