"""Times parts of the plugin against plain references, side by side."""
import argparse
import json
import platform
import sys
from pathlib import Path

import torch

try:
    import reldistill_mm  # noqa: F401
except ImportError:
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from reldistill_mm.benchmark import loss  # noqa: E402

SUITES = dict(loss=loss)


def parse_args() -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('suite', choices=list(SUITES))
    parser.add_argument('--json', type=Path, help='writes the figures here')
    parser.add_argument(
        '--device',
        default='cuda' if torch.cuda.is_available() else 'cpu',
        help='default: CUDA where there is one')
    parser.add_argument('--repetitions', type=int, default=5)
    parser.add_argument(
        '--counts',
        type=int,
        nargs='+',
        default=list(loss.COUNTS),
        help='loss: numbers of pairs N')
    return parser.parse_args()


def machine(device: str) -> dict:
    """What the figures were made on."""
    return dict(
        device=torch.cuda.get_device_name()
        if device.startswith('cuda') else platform.machine(),
        threads=torch.get_num_threads(),
        torch=torch.__version__,
        python=platform.python_version())


def main() -> None:
    """Runs a suite, prints its table, writes its figures."""
    args = parse_args()
    print(machine(args.device))
    rows = SUITES[args.suite].run(args.device, args.repetitions, args.counts)
    if args.json:
        args.json.write_text(
            json.dumps(
                dict(
                    suite=args.suite, machine=machine(args.device), rows=rows),
                indent=2) + '\n')


if __name__ == '__main__':
    main()
