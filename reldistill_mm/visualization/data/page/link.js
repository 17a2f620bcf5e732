/* The view in the address, so that a link keeps it. */

function writeLink(state, orbit) {
  const parts = { l: state.layer, s: state.side, t: state.threshold,
                  z: state.size, f: state.frame, w: state.word,
                  p: state.point, h: [...state.hidden].join('.'),
                  c: orbit.state().join('_'),
                  r: readLink(location.hash).renderer };
  const text = Object.entries(parts)
      .filter(([, value]) => value !== null && value !== '')
      .map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join('&');
  try { history.replaceState(null, '', `#${text}`); } catch (error) {
    // A page within a page has no address of its own.
  }
}

/* What an address says; nothing of it is trusted. */
function readLink(hash) {
  const parts = new URLSearchParams(hash.replace(/^#/, ''));
  const number = (key, top) => {
    const value = parts.has(key) ? Number(parts.get(key)) : NaN;
    return value >= 0 && value <= top ? value : null;
  };
  return {
    renderer: parts.get('r'), layer: parts.get('l'), side: parts.get('s'), word: parts.get('w'),
    threshold: number('t', 100), size: number('z', 8),
    frame: number('f', scan.frames.length - 1), point: number('p', 1e9),
    hidden: (parts.get('h') || '').split('.').filter(Boolean).map(Number),
    camera: (parts.get('c') || '').split('_').map(Number),
  };
}
