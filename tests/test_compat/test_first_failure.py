"""What watches the other ranks ends before its process does."""
import subprocess
import sys

# Four processes that fork after the imports and end as scripts do. Without
# a stop at exit about half of them were aborted.
ENDS = """
import os
import sys
import time
from torch import distributed as dist
from reldistill_mm.compat import first_failure

first_failure._EVERY = 1e-4
children = []
for _ in range(4):
    children.append(os.fork())
    if not children[-1]:
        store = dist.TCPStore('127.0.0.1', 0, is_master=True,
                              wait_for_workers=False)
        first_failure.start_watching(store, 0)
        time.sleep(.1)
        sys.exit()
assert not any([os.waitpid(child, 0)[1] for child in children])
"""


def test_a_process_that_ends_is_not_aborted():
    out = subprocess.run([sys.executable, '-c', ENDS],
                         capture_output=True,
                         text=True)
    assert out.returncode == 0, out.stderr
