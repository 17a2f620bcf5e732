"""The report that the demo ends with: one HTML file."""
import base64
import io
import shutil
import sys
from html import escape
from pathlib import Path
from string import Template

from matplotlib.figure import Figure
from mmengine.config import Config

from reldistill_mm.apis import explore, export_zero_shot, write_explorer
from .charts import draw_bars, draw_confusion
from .judge import Judged, judge
from .pictures import KeyFrame
from .summary import figure_rows

_PAGE = Path(__file__).with_name('report.html')
_INFOS = 'nuscenes_infos_val.pkl'


def write_report(summary: dict, cfg: Config, last: Path, data: Path, out: Path,
                 frame: KeyFrame, path: Path) -> list[str]:
    """Judge, export, explore, and write the report.

    Args:
        summary (dict): Figures of the demo.
        cfg (Config): Its config.
        last (Path): Checkpoint of the last seed's last epoch.
        data (Path): MiniWorld's folder.
        out (Path): Folder of the pictures; gets ``explorer.html`` and
            ``model``, the exported student.
        frame (KeyFrame): Dataset and model, which are loaded already.
        path (Path): The report.

    Returns:
        list[str]: Commands that work next, without any download.
    """
    judged = judge(frame.model, frame.dataset)
    export_zero_shot(cfg.filename, last, out / 'model')
    middle = len(frame.dataset) // 2
    explored = explore(
        cfg.filename, data / _INFOS, str(last), indices=[middle])
    write_explorer(explored, out / 'explorer.html')
    info = frame.dataset.get_data_info(middle)
    scan = data / 'samples/LIDAR_TOP' / Path(
        info['lidar_points']['lidar_path']).name
    commands = next_commands(out, data, Path(cfg.filename), last, scan)
    text = Template(_PAGE.read_text()).substitute(
        sentences=_sentences(summary, cfg, len(frame.dataset)),
        figures=_table(figure_rows(summary)),
        times=_table([[name, f'{value:.0f} s']
                      for name, value in summary['seconds'].items()]),
        structure=_structure(judged),
        bars=_embedded(
            draw_bars(frame.dataset.metainfo['classes'], judged.iou('student'),
                      judged.iou('teacher'))),
        confusion=_embedded(
            draw_confusion(frame.dataset.metainfo['classes'],
                           judged.student.numpy())),
        explorer=escape(explored.html()),
        commands='\n'.join(map(escape, commands)),
        **{
            name: _file(out / f'{name}.png')
            for name in ('curves', 'birds_eye', 'features', 'cameras_pairs',
                         'cameras_teacher_labels')
        })
    path.write_text(text, 'utf-8')
    return commands


def next_commands(out: Path, data: Path, config: Path, last: Path,
                  scan: Path) -> list[str]:
    """Three commands that work right after the demo."""
    python = _python()
    return [
        f'{python} tools/segment.py {scan} --model {out / "model"} '
        '--words "car, tree, road, person, building"',
        f'{python} tools/explore.py {config} {data / _INFOS} '
        f'--checkpoint {_near(last)} --index 0 10 --out {out / "two.html"}',
        f'{python} tools/explore.py {out / "model"} {scan} --serve'
    ]


def _python() -> str:
    """Name this interpreter as a shell without its environment finds it."""
    if shutil.which('python') == sys.executable:
        return 'python'
    return str(_near(Path(sys.executable)))


def _near(path: Path) -> Path:
    """Shorten a path that lies below the current folder."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _sentences(summary: dict, cfg: Config, held_out: int) -> str:
    epochs = cfg.train_cfg.max_epochs
    lines = (
        f'A small world was made and stored as nuScenes stores its data; '
        f'{held_out} keyframes of it were held out.',
        'A small CLIP, the teacher, which has learned the words of such '
        'worlds from captions, labels the pixels that points fall on with '
        f'{summary["teacher_miou_at_pairs"]:.3f} mIoU.',
        f'A student that sees points alone learned for {epochs} epochs to '
        "have the teacher's features at those pixels; it saw no label.",
        'It then labelled every point of the held-out keyframes by the word '
        f'nearest to its feature: {summary["student_miou"]:.3f} mIoU, against '
        f'{summary["untrained_miou"]:.3f} before it had learned.',
        'Below, type a word or click a point to see what it has learned.')
    return ' '.join(map(escape, lines))


def _structure(judged: Judged) -> str:
    known = judged.structure
    rows = [['', 'student', 'teacher']]
    rows += [[
        name, *(f'{known[f"{who}{key}"]:.3f}' for who in ('', 'teacher_'))
    ] for name, key in (('uniformity U', 'uniformity'), ('tolerance T',
                                                         'tolerance'))]
    rows += [[
        'modality gap G, between the two', f'{known["modality_gap"]:.3f}', ''
    ], ['CKA, of the two', f'{known["cka"]:.3f}', '']]
    return _table(rows)


def _table(rows: list[list[str]]) -> str:
    lines = ''.join('<tr>' + ''.join(f'<td>{escape(str(cell))}</td>'
                                     for cell in row) + '</tr>'
                    for row in rows)
    return f'<table>{lines}</table>'


def _embedded(figure: Figure) -> str:
    stream = io.BytesIO()
    figure.savefig(stream, dpi=100, format='png')
    return _source(stream.getvalue())


def _file(path: Path) -> str:
    return _source(path.read_bytes()) if path.is_file() else ''


def _source(content: bytes) -> str:
    return f'data:image/png;base64,{base64.b64encode(content).decode()}'
