"""A visit to a page by a browser without a window."""
import html
import json
import re
import shutil
import subprocess
from pathlib import Path

BROWSER = 'chromium'
# Why a test skips, or None.
MISSING = None if shutil.which(BROWSER) else f'no {BROWSER} in PATH'
# In front of everything else, so that nothing is missed.
LISTEN = """<script>
const failures = [];
addEventListener('error', event => failures.push(event.message));
addEventListener('unhandledrejection',
                 event => failures.push(String(event.reason)));
addEventListener('securitypolicyviolation',
                 event => failures.push('blocked ' + event.blockedURI));
for (const name of ['error', 'warn'])
  console[name] = (...all) => failures.push(name + ' ' + all.join(' '));
</script>"""
# What every visit can do, and how it answers; STEPS is the visit.
VISIT = Path(__file__).with_name('browser.js').read_text('utf-8')


def visit(page: str, steps: str, folder: Path, way: str = '') -> dict:
    """Open a page and take some steps in it.

    Args:
        page (str): HTML.
        steps (str): JavaScript that fills ``answers``.
        folder (Path): For the page and the browser's own files.
        way (str): End of the address, '#...'.

    Returns:
        dict: The answers, ``failures`` (errors, warnings, what the page was
        not allowed) and ``requests`` (addresses that it asked for).
    """
    script = VISIT.replace('/*STEPS*/', steps)
    page = page.replace('<head>', f'<head>{LISTEN}',
                        1).replace('</body>',
                                   f'<script>{script}</script></body>')
    path = folder / 'visited.html'
    path.write_text(page, 'utf-8')
    flags = ('--headless', '--no-sandbox', '--window-size=900,700',
             '--use-angle=swiftshader', '--enable-unsafe-swiftshader',
             '--ignore-gpu-blocklist', '--virtual-time-budget=8000',
             f'--user-data-dir={folder}/user')
    done = subprocess.run([BROWSER, *flags, '--dump-dom',
                           path.as_uri() + way],
                          check=True,
                          capture_output=True,
                          text=True,
                          timeout=240)
    found = re.search(r'<pre id="answers">(.*?)</pre>', done.stdout, re.DOTALL)
    assert found, done.stdout[-500:] + done.stderr[-2000:]
    return json.loads(html.unescape(found[1]))
