/* Drawing, and what the pointer is on. */

let linkTimer = null;

function request() {
  if (queued) return;
  queued = true;
  requestAnimationFrame(() => { queued = false; draw(); });
}

function rectangles() {
  const sides = shownSides(), across = view.width >= view.height;
  return sides.map((side, i) => {
    const from = Math.round(i / sides.length * (across ? view.width
        : view.height));
    const to = Math.round((i + 1) / sides.length * (across ? view.width
        : view.height)) - (i + 1 < sides.length ? 2 : 0);
    return across
        ? { side, left: from, top: 0, width: to - from, height: view.height }
        : { side, left: 0, top: from, width: view.width, height: to - from };
  });
}

function draw() {
  const ratio = view.width / Math.max(view.clientWidth, 1);
  const parts = rectangles();
  cloud.draw(parts, orbit, frame.metres_per_step,
             state.size * Math.max(ratio, 1), view.height);
  element('names').replaceChildren(...(frame.teacher ? parts : []).map(part => {
    const name = make('span', part.side);
    name.style.left = `${(part.left + part.width / 2) / ratio}px`;
    // On a phone the panel's button is above it.
    const below = innerWidth < 600 && !part.top ? 48 : 8;
    name.style.top = `${part.top / ratio + below}px`;
    return name;
  }), ...markers(parts, ratio));
  clearTimeout(linkTimer);
  linkTimer = setTimeout(() => writeLink(state, orbit), 300);
}

/* A ring around the marked point in each view. */
function markers(parts, ratio) {
  if (state.point === null) return [];
  return parts.flatMap(part => {
    const { x, y, depth } = orbit.rows(part, frame.metres_per_step);
    const p = [...frame.grid.subarray(3 * state.point, 3 * state.point + 3),
               1];
    const dot = row => row.reduce((sum, each, i) => sum + each * p[i], 0);
    const far = dot(depth), u = dot(x) / far, v = dot(y) / far;
    if (far < 0.1 || u < 0 || v < 0 || u > part.width || v > part.height)
      return [];
    const mark = make('i', undefined, { className: 'mark' });
    mark.style.left = `${(part.left + u) / ratio}px`;
    mark.style.top = `${(part.top + v) / ratio}px`;
    return [mark];
  });
}

function resize() {
  const tall = innerHeight > innerWidth;
  document.body.classList.toggle('tall', tall);
  const ratio = Math.min(window.devicePixelRatio || 1, 2);
  view.width = Math.max(1, Math.round(view.clientWidth * ratio));
  view.height = Math.max(1, Math.round(view.clientHeight * ratio));
  request();
}

function pointUnder(event) {
  const box = view.getBoundingClientRect(), ratio = view.width / box.width;
  const u = (event.clientX - box.left) * ratio;
  const v = (event.clientY - box.top) * ratio;
  const part = rectangles().find(({ left, top, width, height }) =>
      u >= left && u < left + width && v >= top && v < top + height);
  if (!part) return -1;
  const reach = (event.pointerType === 'touch' ? 14 : 5) * ratio;
  return pickPoint(frame.grid, colours[part.side],
                   orbit.rows(part, frame.metres_per_step), u - part.left,
                   v - part.top, reach);
}

function tell(event) {
  const tip = element('tip'), found = event ? pointUnder(event) : -1;
  tip.style.display = found < 0 ? 'none' : 'block';
  if (found < 0) return;
  const side = shownSides().at(-1), heat = heats[side];
  const labels = labelsOf(frame, side, state.layer);
  const what = [];
  if (labels) what.push(className(labels[found]));
  if (heat) what.push(heat.scores[found].toFixed(3));
  if (state.layer === 'heat')
    what.push((scan.low + frame.index[found] / (scan.palette.length - 1)
        * (scan.high - scan.low)).toFixed(3));
  tip.textContent = `${what.join(', ')}  (${placeOf(frame, found)}) m`;
  tip.style.left = `${Math.min(event.clientX + 14, innerWidth - 220)}px`;
  tip.style.top = `${Math.min(event.clientY + 14, innerHeight - 30)}px`;
}
