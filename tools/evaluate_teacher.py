"""How well does the teacher label the pixels that LiDAR points fall on?

``python tools/evaluate_teacher.py CONFIG [--split train] [--json FILE]``
The ceiling for zero-shot segmentation of the points that a camera sees.
"""
import argparse
import json
from pathlib import Path

from mmdet3d.registry import DATASETS, MODELS
from mmengine.config import Config, DictAction
from mmengine.device import get_device
from mmengine.registry import init_default_scope
from terminaltables import AsciiTable


def parse_args() -> argparse.Namespace:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('config', help='a distillation config')
    parser.add_argument('--split', choices=['train', 'val'], default='val')
    parser.add_argument('--json', type=Path, help='write the figures here')
    parser.add_argument('--cfg-options', nargs='+', action=DictAction)
    return parser.parse_args()


def main() -> None:
    """Evaluate and print a table."""
    args = parse_args()
    cfg = Config.fromfile(args.config)
    cfg.merge_from_dict(args.cfg_options or {})
    init_default_scope(cfg.get('default_scope', 'mmdet3d'))
    # After the config has registered the plugin.
    from reldistill_mm.evaluation import evaluate_teacher

    options = cfg[f'{args.split}_dataloader'].dataset
    options.pipeline = cfg.paired_pipeline
    dataset = DATASETS.build(options)
    model = MODELS.build(cfg.model).to(get_device()).eval()
    figures = evaluate_teacher(model, dataset)
    rows = [['teacher at the pairs', args.split]]
    rows += [[name, f'{value:.4f}' if isinstance(value, float) else value]
             for name, value in figures.items()]
    print('\n' + AsciiTable(rows).table)
    if args.json:
        args.json.write_text(json.dumps(figures, indent=2))


if __name__ == '__main__':
    main()
