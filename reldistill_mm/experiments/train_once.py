"""Train a config in a folder, unless that was done before."""
import shutil
import time
from pathlib import Path

from mmengine.config import Config

from ..cli.call_tools import run_train
from ..cli.source_version import source_version
from ..errors import BadInput
from ..functional.fingerprint import digest_json
from ..visualization import read_scalars
from .kept import info_sums, what_decides
from .records import read_json, write_json

CONFIG, DONE, WORK_DIR = 'config.py', 'trained.json', 'train'


def train_once(cfg: Config, folder: Path, threads: int | None = None) -> dict:
    """Run ``tools/train.py`` unless an earlier call finished it.

    What an interrupted call left is removed: its log would count as this
    one's.

    Args:
        cfg (Config): Config of the run, with its seed.
        folder (Path): Folder of the run; ``config.py``, ``output.txt``, and
            the work directory ``train`` come to lie in it.
        threads (int, optional): Torch's threads. Defaults to torch's choice.

    Returns:
        dict: ``checkpoint``, the name of the last epoch's file in ``train``,
        ``final_loss``, ``commit`` and ``seconds``, who made them and how long
        it took, and ``made_of`` and ``data``, digests of what decides them.

    Raises:
        BadInput: The folder holds the run of another config.
        RuntimeError: The tool failed.
    """
    config, done = folder / CONFIG, folder / DONE
    made_of = digest_json(what_decides(cfg))
    data = info_sums(cfg, ['train'])
    if done.is_file():
        known = read_json(done)
        # Earlier versions did not look at the data.
        if (known.get('made_of'), known.get('data', data)) != (made_of, data):
            raise BadInput(
                f"'{config}' is not what this call would train, or its info "
                'file says something else by now. Choose another --out, or '
                'remove that folder.')
        return known
    start = time.perf_counter()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    cfg.dump(config)
    work_dir = folder / WORK_DIR
    checkpoint = run_train(
        str(config), work_dir, log=folder / 'output.txt', threads=threads)
    record = dict(
        checkpoint=checkpoint.name,
        final_loss=final_loss(work_dir),
        commit=source_version(),
        seconds=round(time.perf_counter() - start, 1),
        made_of=made_of,
        data=data)
    write_json(done, record)
    print(f"{folder}: loss {record['final_loss']:.4f}", flush=True)
    return record


def final_loss(work_dir: Path) -> float:
    """Average the last tenth of the losses that a run logged."""
    losses = [
        record['loss'] for record in read_scalars(work_dir) if 'loss' in record
    ]
    last = losses[-max(len(losses) // 10, 1):]
    return sum(last) / len(last)
