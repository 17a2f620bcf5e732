"""Import the main packages; run by the Python of a new environment.

Exit status: 0 all well, 1 something cannot be imported, 3 only the operators
of mmcv cannot, so its wheel is at fault.
"""

from __future__ import annotations

import ctypes
import importlib
import re
import sys
import warnings

REQUIRED = ('numpy', 'torch', 'torchvision', 'cv2', 'mmengine', 'mmcv',
            'mmcv.ops', 'mmdet', 'spconv.pytorch', 'mmdet3d', 'open_clip',
            'nuscenes')
BAD_OPERATORS = 3
# MMDetection3D works without open3d, which only its viewer needs; a machine
# without a display often lacks the libraries of it.
OPEN3D_LIBRARIES = ('libEGL.so.1', 'libGL.so.1', 'libX11.so.6', 'libgomp.so.1',
                    'libidn2.so.0', 'libudev.so.1', 'libusb-1.0.so.0')
PACKAGES = {
    'libGL.so.1': 'libgl1',
    'libEGL.so.1': 'libegl1',
    'libX11.so.6': 'libx11-6',
    'libgomp.so.1': 'libgomp1',
    'libglib-2.0.so.0': 'libglib2.0-0',
    'libgthread-2.0.so.0': 'libglib2.0-0',
    'libidn2.so.0': 'libidn2-0',
    'libudev.so.1': 'libudev1',
    'libusb-1.0.so.0': 'libusb-1.0-0',
    'libstdc++.so.6': 'libstdc++6',
    'libSM.so.6': 'libsm6',
    'libXext.so.6': 'libxext6',
    'libXrender.so.1': 'libxrender1',
}


def advise(module: str, error: BaseException) -> str:
    """Say in one line what to do about a failed import.

    Args:
        module: What was imported.
        error: What it raised.
    """
    text = ' '.join(str(error).split())
    found = re.search(r'(lib[\w.+-]+\.so[\w.]*): cannot open', text)
    if found is None:
        return f'cannot import {module}: {type(error).__name__}: {text[:300]}'
    library = found.group(1)
    package = PACKAGES.get(library)
    if package is None:
        return (f'cannot import {module}: the system library {library} is '
                'missing: install the package that holds it')
    return (f'cannot import {module}: the system library {library} is '
            f'missing: apt-get install {package}')


def missing_packages(libraries: tuple[str, ...]) -> list[str]:
    """List the Debian packages of the libraries that cannot be loaded."""
    missing = []
    for library in libraries:
        try:
            ctypes.CDLL(library)
        except OSError:
            missing.append(PACKAGES[library])
    return missing


def main() -> int:
    """Import everything and return the exit status."""
    warnings.simplefilter('ignore')
    for module in REQUIRED:
        try:
            importlib.import_module(module)
        except Exception as error:  # noqa: BLE001 - any failure is reported
            print(f'error: {advise(module, error)}', flush=True)
            # Before it came cv2, torch and the rest of mmcv.
            return BAD_OPERATORS if module == 'mmcv.ops' else 1
    try:
        importlib.import_module('open3d')
    except Exception as error:  # noqa: BLE001 - optional
        packages = ' '.join(missing_packages(OPEN3D_LIBRARIES))
        reason = f'apt-get install {packages}' if packages else advise(
            'open3d', error)
        print('note: the 3D viewer of MMDetection3D (open3d) is off; to have '
              f'it: {reason}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
