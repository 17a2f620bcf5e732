/* What the colours of the points say. */

// Below the threshold; and points of which nothing is known.
const DIM = [58, 58, 62], UNKNOWN = [30, 44, 88];
const LAYERS = {
  classes: { name: 'Classes', text: 'Each point in the colour of the class '
      + 'whose words fit it best.' },
  truth: { name: 'Truth', text: 'Each point in the colour of its label; '
      + 'dark blue: none.' },
  errors: { name: 'Errors', text: 'Blue: predicted as labelled. Orange: '
      + 'not. Dark blue: no label.' },
  word: { name: 'Word', text: 'Bright: the word fits (cosine of the '
      + "point's feature with the word)." },
  point: { name: 'Similar', text: 'Bright: similar to the marked point '
      + '(cosine of the features).' },
  features: { name: 'Features', text: 'Three principal components as red, '
      + 'green, blue: points of one colour have similar features.' },
  heat: { name: 'Scores', text: 'Bright: the word fits.' },
};

function layersOf(frame) {
  const found = [];
  if (scan.classes) found.push('classes');
  if (scan.classes && frame.truth) found.push('truth', 'errors');
  if (frame.student && frame.student.codes) {
    if (scan.words) found.push('word');
    found.push('point', 'features');
  }
  return scan.low === undefined ? found : ['heat'];
}

/* Labels by which classes are shown or hidden, or null. */
function labelsOf(frame, side, layer) {
  if (!scan.classes) return null;
  if (layer === 'truth') return frame.truth;
  return side === 'teacher' ? frame.teacher.labels : frame.index;
}

/* Colours (4 N) of the points, the fourth 0 where hidden. */
function paintPoints(frame, side, state, heat) {
  const out = new Uint8Array(4 * frame.total);
  const colourAt = COLOURING[state.layer](frame, side, heat, state);
  const labels = labelsOf(frame, side, state.layer);
  for (let i = 0; i < frame.total; i++) {
    if (labels && state.hidden.has(labels[i])) continue;
    const colour = colourAt(i) || UNKNOWN;
    out[4 * i] = colour[0];
    out[4 * i + 1] = colour[1];
    out[4 * i + 2] = colour[2];
    out[4 * i + 3] = 255;
  }
  return out;
}

const COLOURING = {
  classes: (frame, side) => {
    const labels = labelsOf(frame, side, 'classes');
    return i => scan.palette[labels[i]];
  },
  truth: frame => i => scan.palette[frame.truth[i]],
  errors: (frame, side) => {
    const labels = labelsOf(frame, side, 'errors');
    return i => {
      const known = scan.palette[frame.truth[i]] && scan.palette[labels[i]];
      return known ? scan.errors[frame.truth[i] === labels[i] ? 0 : 1] : null;
    };
  },
  word: (...all) => heatColour(...all),
  point: (...all) => heatColour(...all),
  features: (frame, side) => {
    const { codes, row, step } = frame[side];
    const wide = step.length, { low, high } = scan.space;
    return i => row[i] < 0 ? null : [0, 1, 2].map(k => {
      if (k >= wide) return 128;
      const value = codes[row[i] * wide + k] * step[k];
      const share = (value - low[k]) / Math.max(high[k] - low[k], 1e-9);
      return Math.round(255 * Math.min(1, Math.max(0, share)));
    });
  },
  heat: frame => i => scan.palette[frame.index[i]],
};

function heatColour(frame, side, heat, state) {
  if (!heat || !heat.scores) return () => DIM;
  const { scores, span: [low, high] } = heat;
  const top = scan.heat.length - 1;
  return i => {
    const share = (scores[i] - low) / (high - low);
    if (Number.isNaN(share)) return null;
    if (state.threshold && 100 * share < state.threshold) return DIM;
    return scan.heat[Math.round(top * Math.min(1, Math.max(0, share)))];
  };
}

/* The share of points with a score that reaches the threshold. */
function shareAbove(heat, threshold) {
  const { scores, span: [low, high] } = heat;
  const limit = low + threshold / 100 * (high - low);
  let above = 0, known = 0;
  for (const score of scores)
    if (!Number.isNaN(score)) {
      known++;
      if (score >= limit) above++;
    }
  return { limit, share: above / Math.max(known, 1) };
}
