/* Putting it together. */

const HELP = [
  'Drag or one finger: turn. Shift or right button and drag, two fingers: '
  + 'move. Wheel or pinch: zoom. Double click: start again. Click: what is '
  + 'similar to the point.',
  'Keys: arrows turn, + and - zoom, 0 start again, / type a word, 1 to 6 '
  + 'what the colours say, s t b student, teacher, both, n next keyframe, '
  + 'f fold the panel, c images large, hidden, small, Escape leave the point.',
];

function pressed(event) {
  if (event.target.tagName === 'INPUT' && event.target.type === 'text') {
    if (event.key === 'Escape') event.target.blur();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const known = layersOf(frame), sides = { s: 'student', t: 'teacher',
                                           b: 'both' };
  const turns = { ArrowLeft: [20, 0], ArrowRight: [-20, 0],
                  ArrowUp: [0, 20], ArrowDown: [0, -20] };
  const zooms = { '+': 0.85, '=': 0.85, '-': 1.18 };
  const actions = {
    '/': () => scan.words && element('word').focus(),
    0: startView, f: fold,
    c: showPictures,
    n: () => { openFrame((state.frame + 1) % scan.frames.length);
               choose({ point: null }); },
    Escape: () => choose({ point: null,
                           layer: state.layer === 'point' ? known[0]
                               : state.layer }),
  };
  const { key } = event;
  if (turns[key] && event.target.type !== 'range') orbit.turn(...turns[key]);
  else if (zooms[key]) orbit.zoom(zooms[key]);
  else if (sides[key] && frame.teacher) choose({ side: sides[key] });
  else if (actions[key]) actions[key]();
  else if (known[key - 1]) choose({ layer: known[key - 1] });
  else return;
  event.preventDefault();
  request();
}

/* Small, large, hidden, by turns. */
function showPictures() {
  const { classList } = document.body;
  if (classList.contains('bare')) classList.remove('bare');
  else if (classList.toggle('wide')) return resize();
  else classList.add('bare');
  resize();
}

function startView() {
  orbit.reset(frame.grid, frame.metres_per_step, rectangles()[0]);
}

function fold() {
  const folded = element('panel').classList.toggle('folded');
  const open = innerWidth < 600 ? '☰ words, colours, legend' : '☰';
  element('fold').textContent = folded ? open : '–';
  resize();
}

/* Take over what an address says, as far as it holds. */
function follow(hash) {
  const link = readLink(hash);
  if (link.frame !== null && Number.isInteger(link.frame)
      && link.frame !== state.frame) openFrame(link.frame);
  if (layersOf(frame).includes(link.layer)) state.layer = link.layer;
  if (frame.teacher && ['student', 'teacher', 'both'].includes(link.side))
    state.side = link.side;
  if (link.threshold !== null) state.threshold = link.threshold;
  if (link.size) state.size = link.size;
  state.point = Number.isInteger(link.point) && link.point < frame.total
      ? link.point : null;
  if (!link.word) state.word = null;
  state.hidden = new Set(link.hidden.filter(Number.isInteger));
  startView();
  orbit.restore(link.camera);
  const { layer } = state;
  update();
  if (link.word && scan.words)
    askWord(link.word).then(known => known && choose({ layer }));
}

/* By WebGL where a graphics card draws; #r=gl asks for it elsewhere, too, and
   #r=plain for the way without. */
function openCloud(wanted) {
  const fast = wanted === 'gl' || wanted !== 'plain' && GlCloud.isFast();
  return fast && GlCloud.open(view) || new PlainCloud(view);
}

document.title = scan.title;
element('title').textContent = scan.title;
element('help').append(...[...HELP, ...(scan.notes || [])].map(
    text => make('p', text)));
if (scan.words)
  element('known').append(...scan.words.names.map(
      name => make('option', undefined, { value: name })));
cloud = openCloud(readLink(location.hash).renderer);
openFrame(0);
hands = new Hands(view, orbit, { changed: request, clicked: event => {
  const found = pointUnder(event);
  if (found >= 0) markPoint(found);
}, hovered: tell });
element('ask').addEventListener('submit', event => {
  event.preventDefault();
  askWord(element('word').value);
  element('word').blur();
});
element('threshold').addEventListener('input', event =>
    choose({ threshold: +event.target.value }));
element('size').addEventListener('input', event => {
  state.size = +event.target.value;
  request();
});
element('fold').addEventListener('click', fold);
addEventListener('keydown', pressed);
addEventListener('resize', resize);
addEventListener('hashchange', () => follow(location.hash));
if (innerWidth < 600) fold();
resize();
follow(location.hash);
new ResizeObserver(resize).observe(element('stage'));
