/* State, and what follows from it. */

scan.words = unpackWords(scan.words);
const state = { frame: 0, layer: null, side: 'student', word: null,
                point: null, threshold: 0, size: 3, hidden: new Set() };
const view = element('view');
const asked = new Map();  // Queries of words that the server embedded.
let frame, orbit, cloud, hands, heats = {}, colours = {}, queued = false;
// Layers whose legend is none of classes.
const NO_CLASSES = ['word', 'point', 'features', 'heat'];
const pictures = new Pictures(element('pictures'), markPoint);

function shownSides() {
  if (!frame.teacher || state.layer === 'truth') return ['student'];
  return state.side === 'both' ? ['teacher', 'student'] : [state.side];
}

function openFrame(number) {
  state.frame = number;
  frame = unpackFrame(scan.frames[number]);
  // The arrays stay with the frame; text and arrays would be twice the memory.
  if (!orbit) orbit = new Orbit(frame.extent);
  orbit.extent = frame.extent;
  cloud.setPoints(frame.grid);
  pictures.setFrame(frame);
  const known = layersOf(frame);
  if (!known.includes(state.layer)) state.layer = known[0];
  if (state.point >= frame.total) state.point = null;
  element('count').textContent = frame.total === frame.points
      ? `${frame.total} points`
      : `${frame.total} of ${frame.points} points, drawn at random`;
}

function queryOf(side) {
  if (state.layer === 'point')
    return state.point === null ? null
        : pointQuery(frame[side], state.point, scan.space);
  if (state.word === null) return null;
  const index = findWord(scan.words, state.word);
  return index < 0 ? asked.get(plain(state.word)) || null
      : wordQuery(scan.words, index);
}

/* Everything that depends on the state but not on the camera. */
function update() {
  heats = {};
  colours = {};
  for (const side of shownSides()) {
    if (state.layer === 'word' || state.layer === 'point') {
      const query = queryOf(side);
      const scores = query && pointScores(frame[side], query);
      heats[side] = scores && { scores, span: heatSpan(scores) };
    }
    colours[side] = paintPoints(frame, side, state, heats[side]);
    cloud.setColours(side, colours[side]);
  }
  pictures.draw(colours[shownSides().at(-1)], state.point);
  updatePanel();
  request();
}

function updatePanel() {
  const sides = shownSides(), { layer } = state;
  buttons('frames', scan.frames.length > 1
      ? scan.frames.map((each, i) => [i, each.name]) : [], state.frame,
          number => { state.point = null; openFrame(number); update(); });
  const known = layersOf(frame);
  buttons('layers', known.length > 1
      ? known.map(key => [key, LAYERS[key].name]) : [], layer,
          key => choose({ layer: key }));
  buttons('sides', frame.teacher ? [['student', 'Student'],
      ['teacher', 'Teacher'], ['both', 'Both']] : [], state.side,
          side => choose({ side }));
  element('ask').style.display = scan.words ? '' : 'none';
  element('explain').textContent = LAYERS[layer].text
      + (layer === 'point' && state.point === null ? ' Click a point.' : '')
      + (layer === 'word' ? state.word ? ` Word: ${state.word}.`
          : ' Type a word.' : '')
      + (state.hidden.size && NO_CLASSES.includes(layer)
          ? ` ${state.hidden.size} classes are hidden: Classes has them.` : '')
      + (sides.includes('teacher') ? ' Dark blue: no camera sees the point.' : '');
  const found = sides.filter(side => heats[side]);
  element('threshold_row').style.display = found.length ? '' : 'none';
  element('above').textContent = found.map(side => {
    const { limit, share } = shareAbove(heats[side], state.threshold);
    return `${side}: ${(100 * share).toFixed(1)} % ≥ ${limit.toFixed(2)}`;
  }).join(', ');
  if (!state.threshold && found.length)
    element('above').textContent = 'all points';
  element('threshold').value = state.threshold;
  element('size').value = state.size;
  if (layer === 'heat')
    barLegend([{ name: 'cosine', span: [scan.low, scan.high] }], scan.palette);
  else if (found.length)
    barLegend(found.map(side => ({ name: `cosine, ${side}`,
                                   span: heats[side].span })), scan.heat);
  else if (!NO_CLASSES.includes(layer) && labelsOf(frame, sides.at(-1), layer))
    classLegend(frame, state, labelsOf(frame, sides.at(-1), layer),
                hidden => choose({ hidden }));
  else element('legend').replaceChildren();
  if (frame.student && frame.student.codes)
    tellPoint(frame, state.point, frame.teacher ? ['teacher', 'student']
        : ['student']);
}

function choose(changes) {
  element('said').replaceChildren();
  Object.assign(state, changes);
  update();
}

function markPoint(point) {
  if (!frame.student || !frame.student.codes) return;
  choose({ point, layer: 'point' });
}

/* Returns whether the word is known, here or to the server. */
async function askWord(text) {
  const word = plain(text), said = element('said');
  said.replaceChildren();
  if (!word) return false;
  if (findWord(scan.words, word) < 0 && !asked.has(word)) {
    const answer = scan.served ? await embed(word) : null;
    if (!answer || !answer.row) {
      const near = nearestWords(scan.words, word, 5);
      said.append(answer ? answer.error : `'${word}' is not among the `
          + `${scan.words.names.length} words of this page. `,
          near.length ? 'Near: ' : '', ...near.flatMap(each => [make(
              'button', each, { onclick: () => askWord(each) }), ' ']));
      return false;
    }
    asked.set(word, { row: Float32Array.from(answer.row),
                      offset: answer.offset });
  }
  element('word').value = word;
  choose({ word, layer: 'word' });
  return true;
}

async function embed(word) {
  try {
    const answer = await fetch('embed', {
      method: 'POST', headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ word }) });
    return await answer.json();
  } catch (error) {
    return { error: `The server does not answer (${error.message}). ` };
  }
}
