/* Cosines from quantised features. A query is {row, offset}: its cosine with
   a feature of coordinates c is offset + row . c. */

function wordQuery(words, index) {
  const wide = words.step.length, row = new Float32Array(wide);
  for (let k = 0; k < wide; k++)
    row[k] = words.codes[index * wide + k] * words.step[k];
  return { row, offset: words.offset[index] };
}

/* What is similar to the feature of a point of one side. */
function pointQuery(side, point, space) {
  const at = side.row[point];
  if (at < 0) return null;
  const wide = side.step.length, row = new Float32Array(wide);
  let offset = space.mean_square;
  for (let k = 0; k < wide; k++) {
    const value = side.codes[at * wide + k] * side.step[k];
    row[k] = value + space.mean_axes[k];
    offset += space.mean_axes[k] * value;
  }
  return { row, offset };
}

/* One score for each point; NaN where the side has no feature of it. */
function pointScores(side, query) {
  const wide = side.step.length, rows = side.codes.length / wide;
  const weights = new Float32Array(wide), found = new Float32Array(rows);
  for (let k = 0; k < wide; k++) weights[k] = query.row[k] * side.step[k];
  for (let i = 0, at = 0; i < rows; i++) {
    let sum = query.offset;
    for (let k = 0; k < wide; k++) sum += weights[k] * side.codes[at++];
    found[i] = sum;
  }
  const out = new Float32Array(side.row.length);
  for (let i = 0; i < out.length; i++)
    out[i] = side.row[i] < 0 ? NaN : found[side.row[i]];
  return out;
}

/* The best words of a point, [{name, score}], best first. */
function rankWords(side, point, words, count) {
  const at = side.row[point];
  if (at < 0 || !words) return [];
  const wide = side.step.length, weights = new Float32Array(wide);
  for (let k = 0; k < wide; k++)
    weights[k] = side.codes[at * wide + k] * side.step[k] * words.step[k];
  return words.names.map((name, w) => {
    let score = words.offset[w];
    for (let k = 0; k < wide; k++)
      score += weights[k] * words.codes[w * wide + k];
    return { name, score };
  }).sort((a, b) => b.score - a.score).slice(0, count);
}

/* Where the colours of scores begin and end. A word often fits only one point
   in a hundred, so the upper end is cut less. */
function heatSpan(scores) {
  const known = scores.filter(s => !Number.isNaN(s)).sort();
  if (!known.length) return [0, 1];
  const at = share => known[Math.round(share * (known.length - 1))];
  return [at(0.02), Math.max(at(0.995), at(0.02) + 1e-6)];
}
