"""Evaluate how well teachers label the pixels that points fall on.

``python tools/evaluate_teacher.py CONFIG [CONFIG ...] [--split train]
[--vary model.teacher.dense maskclip sclip] [--cached] [--json FILE]``
A teacher's mIoU is the ceiling for zero-shot segmentation of points that a
camera sees; uniformity and tolerance are those that its students should get.
"""
import argparse
import json
from pathlib import Path

import _start  # noqa: F401

from reldistill_mm.cli.command_line import one_line_errors
from reldistill_mm.cli.config_options import add_config_options
from reldistill_mm.io.files import atomic_path, require_file_place
from reldistill_mm.io.named_inputs import require_config
from reldistill_mm.io.option_values import option_value


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        'configs', nargs='+', help='distillation configs', metavar='config')
    parser.add_argument(
        '--split',
        choices=['train', 'val'],
        default='val',
        help='dataset of the config to read (default: %(default)s)')
    parser.add_argument(
        '--vary',
        nargs='+',
        metavar=('KEY', 'VALUE'),
        help='key of the config and values to take in turn')
    parser.add_argument(
        '--cached',
        action='store_true',
        help='read the features from the teacher_cache_root, as is always '
        'done for a FileTeacher')
    parser.add_argument(
        '--json', type=Path, help='file to write the numbers to')
    add_config_options(parser)
    return parser.parse_args()


def main() -> None:
    """Evaluate and print a table."""
    args = parse_args()
    if args.json:
        require_file_place(args.json, '--json')
    vary = args.vary and (args.vary[0],
                          [option_value(text) for text in args.vary[1:]])
    for config in args.configs:
        require_config(config)
    from reldistill_mm.apis import evaluate_teachers, teacher_table
    found = evaluate_teachers(args.configs, args.cfg_options, args.split, vary,
                              args.cached)
    print('\n' + teacher_table(found))
    if args.json:
        with atomic_path(args.json) as path:
            path.write_text(json.dumps(found, indent=2) + '\n')


if __name__ == '__main__':
    with one_line_errors():
        main()
