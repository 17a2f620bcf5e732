"""The demo's phases.

A phase that needs a process of its own is a command that a user could type;
the rest runs here, which saves the seconds that imports take.
"""
import os
import shutil
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.runner import Runner

import reldistill_mm
from reldistill_mm.apis import distillation_config, evaluate_teacher
from reldistill_mm.cli.call_tools import call_tool, run_test, run_train
from reldistill_mm.cli.tables import mean_and_spread
from reldistill_mm.functional.fingerprint import digest_json
from reldistill_mm.io.files import file_sum
from reldistill_mm.io.paths import config_path
from ..prepare import prepare_data
from .phases import Phases
from .pictures import KeyFrame, draw_all, try_drawing
from .report import write_report
from .summary import write_summary

# A child of reldistill_miniworld.py whose teacher encodes every image once.
CONFIG = 'reldistill_miniworld_demo.py'
_CODE = (Path(reldistill_mm.__file__).resolve().parent,
         Path(__file__).resolve().parents[1])


def run_demo(out: Path,
             data: Path,
             seeds: list[int],
             epochs: int | None = None,
             processes: int | None = None) -> dict[str, object]:
    """Run all phases and write ``summary.json``, ``summary.txt``, pictures.

    The numbers are written before the pictures are drawn.

    Args:
        out (Path): Folder for results. Phases that an earlier call finished
            there with the same code, data and options are not run again.
        data (Path): MiniWorld's folder, made if it does not exist.
        seeds (list[int]): Seeds, with one training each.
        epochs (int, optional): Number of epochs. Defaults to the config's.
        processes (int, optional): Processes that share a training step's
            batch. Defaults to one on a GPU, else to one per sample if there
            are enough cores.

    Returns:
        dict[str, object]: Content of ``summary.json``; ``pictures`` is what
        :func:`draw_all` returns, which names those that failed.
    """
    out.mkdir(parents=True, exist_ok=True)
    log = out / 'log.txt'
    phases = Phases(out / 'phases.json', 5 + 3 * len(seeds), log)
    print(f'What the phases print is in {log}.')
    cfg = demo_config(data, out, seeds[0], epochs)
    phases.run('data', lambda: prepare_data(data))
    teacher = phases.run_once(
        'teacher', '', phase_digest(cfg, data),
        lambda: evaluate_teacher(distillation_config(cfg.filename)))
    phases.run('teacher cache',
               lambda: call_tool('cache_teacher.py', cfg.filename))
    runs = []
    for seed in seeds:
        cfg = demo_config(data, out, seed, epochs)
        runs.append(
            train_and_test(cfg, out / f'seed{seed}', phases,
                           phase_digest(cfg, data), processes))
    summary = summarise_runs(teacher, runs, phases.seconds, seeds)
    write_summary(summary, out)
    last = out / f'seed{seeds[-1]}'
    frame = KeyFrame(cfg, last)
    pictures = phases.run('pictures', lambda: draw_all(cfg, last, out, frame))
    summary = summarise_runs(teacher, runs, phases.seconds, seeds)
    commands: list[str] = []

    def report(path: Path) -> None:
        checkpoint = Path((last / 'last_checkpoint').read_text().strip())
        commands.extend(
            write_report(summary, cfg, checkpoint, data, out, frame, path))

    pictures['report.html'] = phases.run(
        'report', lambda: try_drawing(report, out / 'report.html'))
    summary = summarise_runs(teacher, runs, phases.seconds, seeds)
    summary['pictures'] = pictures
    text = write_summary(summary, out)
    print(f'\n{text}\n', flush=True)
    if commands:
        print(
            f'The report: {out / "report.html"}\nNext, without any '
            'download:\n  ' + '\n  '.join(commands),
            flush=True)
    return summary


def phase_digest(cfg: Config, data: Path) -> str:
    """Digest code, data and options that a phase's results depend on."""
    files = [
        *data.glob('*.json'), *(file for folder in _CODE
                                for end in ('py', 'safetensors')
                                for file in folder.rglob(f'*.{end}'))
    ]
    return digest_json([cfg.to_dict(), *map(file_sum, sorted(files))],
                       default=str)


def demo_config(data: Path, out: Path, seed: int,
                epochs: int | None) -> Config:
    """Build the shipped config with data root, seed and epochs."""
    cfg = Config.fromfile(config_path(CONFIG))
    options = {
        f'{loader}_dataloader.dataset.data_root': str(data.resolve())
        for loader in ('train', 'val', 'test')
    }
    options['randomness.seed'] = seed
    options['teacher_cache_root'] = str(data.resolve() / 'teacher_cache')
    if epochs is not None:
        options['train_cfg.max_epochs'] = epochs
        # Validate at three points of the curve, the last epoch among them.
        options['train_cfg.val_interval'] = max(epochs // 3, 1)
        cfg.param_scheduler[0].total_steps = epochs
    cfg.merge_from_dict(options)
    path = out / f'config_seed{seed}.py'
    cfg.dump(path)
    # Read again, so that cfg.filename is the file that the tools get.
    return Config.fromfile(path)


def test_untrained(config: str, work_dir: Path) -> dict[str, float]:
    """Test the model as it is before training, as ``tools/test.py`` does."""
    cfg = Config.fromfile(config)
    cfg.work_dir = str(work_dir)
    # The loader's workers would otherwise live as long as this process.
    cfg.test_dataloader.persistent_workers = False
    return Runner.from_cfg(cfg).test()


def count_processes(batch: int) -> int:
    """Count processes for a step: one per sample, if cores allow it."""
    alone = torch.cuda.is_available() or (os.cpu_count() or 1) < batch
    return 1 if alone else batch


def train_and_test(cfg: Config, work_dir: Path, phases: Phases, made: str,
                   processes: int | None) -> dict[str, dict[str, float]]:
    """Run one seed: untrained student, training, trained student."""
    config, seed = cfg.filename, work_dir.name
    batch = cfg.train_dataloader.batch_size
    processes = processes or count_processes(batch)

    def train_anew() -> str:
        # The log of an earlier run would be drawn as this one's.
        for path in work_dir.glob('[!u]*'):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        last = run_train(
            config,
            work_dir,
            '--cfg-options',
            f'train_dataloader.batch_size={batch // processes}',
            processes=processes)
        return str(last)

    before = phases.run_once(
        'test untrained', seed, made,
        lambda: test_untrained(config, work_dir / 'untrained'))
    last = phases.run_once('train', seed, made, train_anew,
                           lambda path: Path(path).is_file())
    after = phases.run_once('test', seed, made + file_sum(Path(last)),
                            lambda: run_test(config, last, work_dir / 'test'))
    return dict(untrained=before, student=after)


def summarise_runs(teacher: dict[str, float], runs: list[dict],
                   seconds: dict[str, float],
                   seeds: list[int]) -> dict[str, object]:
    """Compute means and spreads over the seeds at the last epoch."""
    figures: dict[str, object] = dict(
        seeds=seeds,
        teacher_miou_at_pairs=teacher['miou'],
        teacher_classes=teacher['classes'])
    for who, name in (('student', 'student'), ('untrained', 'untrained')):
        for scope in ('miou', 'miou_visible'):
            mean, spread = mean_and_spread([run[who][scope] for run in runs])
            figures[f'{name}_{scope}'] = mean
            if spread is not None:
                figures[f'{name}_{scope}_spread'] = spread
    figures['classes_counted'] = runs[-1]['student']['classes']
    figures['seconds'] = {name: round(s, 1) for name, s in seconds.items()}
    return figures
