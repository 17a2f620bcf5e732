"""Labels beside the clouds of a recording."""
from pathlib import Path

from ...errors import BadInput

ENDINGS = '.label', '.npy', '.bin', '.pcd', '.ply'


def add_labels(root: Path, infos: list[dict]) -> list[str]:
    """Name each cloud's file of ``labels`` in its info, in place.

    Args:
        root (Path): Folder of the recording.
        infos (list[dict]): Infos, whose ``token`` is the name of the cloud.

    Returns:
        list[str]: A line on how many clouds have labels; empty if there is
        no such folder.

    Raises:
        BadInput: Two files of one name, or none that belongs to a cloud.
    """
    folder = root / 'labels'
    if not folder.is_dir():
        return []
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in ENDINGS or path.name.startswith('.'):
            continue
        if path.stem in found:
            raise BadInput(f"'{found[path.stem]}' and '{path.name}' have one "
                           'name: keep one of the two.')
        found[path.stem] = path
    count = 0
    for info in infos:
        if info['token'] in found:
            path = found[info['token']].relative_to(root)
            info['pts_semantic_mask_path'] = path.as_posix()
            count += 1
    if not count:
        raise BadInput(
            f"No file of '{folder}' ({', '.join(ENDINGS)}) is called as a "
            f"cloud ('{infos[0]['token']}', say): give the labels the clouds' "
            'names, or move the folder away.')
    return [f'labels: {count} of {len(infos)} clouds have a file']
