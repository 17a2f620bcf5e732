/* The panel: legends, buttons, what is known of a point. */

const element = id => document.getElementById(id);

function make(tag, text, more) {
  const made = Object.assign(document.createElement(tag), more || {});
  if (text !== undefined) made.textContent = text;
  return made;
}

function buttons(place, choices, chosen, onChoice) {
  element(place).replaceChildren(...choices.map(([key, text]) => make(
      'button', text, { className: key === chosen ? 'on' : '',
                        onclick: () => onChoice(key) })));
}

/* In the layer of errors the colours are those of right and wrong. */
function classLegend(frame, state, labels, onHidden) {
  const counts = new Array(scan.classes.length).fill(0);
  for (const label of labels) if (label < counts.length) counts[label]++;
  const all = scan.classes.map((_, k) => k);
  const shown = all.filter(k => counts[k]), errors = state.layer === 'errors';
  const swatch = rgb => {
    const colour = make('span', undefined, { className: 'colour' });
    colour.style.background = `rgb(${rgb})`;
    return colour;
  };
  const set = hidden => onHidden(new Set(hidden));
  const head = make('div', undefined, { className: 'row' });
  head.append(make('button', 'all', { onclick: () => set([]) }),
              make('button', 'none', { onclick: () => set(all) }));
  if (errors)
    head.append(swatch(scan.errors[0]), 'right', swatch(scan.errors[1]),
                'wrong');
  const rows = shown.map(k => {
    const box = make('input', undefined, {
      type: 'checkbox', checked: !state.hidden.has(k),
      onchange: () => set(box.checked
          ? [...state.hidden].filter(each => each !== k)
          : [...state.hidden, k]) });
    const label = make('label');
    const share = (100 * counts[k] / frame.total).toFixed(1);
    label.append(box, ...(errors ? [] : [swatch(scan.palette[k])]), scan.classes[k].name.replaceAll('_', ' '),
                 make('span', `${share} %`, { className: 'share' }));
    const entry = make('div', undefined, { className: 'entry' });
    entry.append(label, make('button', 'only', {
      onclick: () => set(all.filter(each => each !== k)) }));
    return entry;
  });
  element('legend').replaceChildren(head, ...rows);
}

function barLegend(bars, colours) {
  element('legend').replaceChildren(...bars.flatMap(({ name, span }) => {
    const bar = make('canvas', undefined, { className: 'bar', height: 1,
                                            width: colours.length });
    const line = bar.getContext('2d');
    colours.forEach((c, k) => {
      line.fillStyle = `rgb(${c})`;
      line.fillRect(k, 0, 1, 1);
    });
    const ends = make('div', undefined, { className: 'ends' });
    ends.append(make('span', span[0].toFixed(3)), make('span', name),
                make('span', span[1].toFixed(3)));
    return [bar, ends];
  }));
}

function className(label) {
  const known = scan.classes && scan.classes[label];
  return known ? known.name.replaceAll('_', ' ') : 'none';
}

function placeOf(frame, point) {
  return [0, 1, 2].map(i => (frame.grid[3 * point + i] * frame.metres_per_step
      + frame.centre[i]).toFixed(1));
}

function tellPoint(frame, point, sides) {
  if (point === null) return element('point').replaceChildren();
  const told = [make('div', `Point at ${placeOf(frame, point).join(', ')} m`)];
  if (frame.truth)
    told.push(make('div', `labelled ${className(frame.truth[point])}`));
  const table = make('table'), head = make('tr');
  const ranks = sides.map(side => {
    const label = scan.classes && labelsOf(frame, side, 'classes')[point];
    const title = side === 'teacher' && frame.teacher.row[point] < 0
        ? 'teacher: not seen' : `${side}: ${className(label)}`;
    head.append(make('th', title, { colSpan: 2 }));
    return frame[side].codes
        ? rankWords(frame[side], point, scan.words, 8) : [];
  });
  table.append(head);
  for (let i = 0; i < 8; i++) {
    const line = make('tr');
    for (const rank of ranks)
      line.append(make('td', rank[i] ? rank[i].name : ''),
                  make('td', rank[i] ? rank[i].score.toFixed(3) : ''));
    if (ranks.some(rank => rank[i])) table.append(line);
  }
  element('point').replaceChildren(...told, table);
}
