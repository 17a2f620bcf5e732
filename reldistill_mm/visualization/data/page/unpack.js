/* From the text of the page to arrays. */

function bytes(text) {
  const raw = atob(text), out = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) out[i] = raw.charCodeAt(i);
  return out.buffer;
}

const array = (Kind, text) => text === undefined ? null
    : new Kind(bytes(text));

/* Rows of features and the row of each point, -1 where it has none. */
function unpackSide(side) {
  return side && { codes: array(Int8Array, side.codes),
                   step: array(Float32Array, side.step),
                   row: array(Int32Array, side.row),
                   labels: array(Uint16Array, side.labels) };
}

function unpackFrame(frame) {
  return {
    ...frame,
    total: frame.shown,
    grid: array(Int16Array, frame.positions),
    index: array(Uint16Array, frame.index),
    truth: array(Uint16Array, frame.truth),
    student: unpackSide(frame.student),
    teacher: unpackSide(frame.teacher),
    pairs: frame.pairs && { point: array(Uint32Array, frame.pairs.point),
                            camera: array(Uint8Array, frame.pairs.camera),
                            uv: array(Uint16Array, frame.pairs.uv) },
  };
}

function unpackWords(words) {
  if (!words) return null;
  return { names: words.names, codes: array(Int8Array, words.codes),
           step: array(Float32Array, words.step),
           offset: array(Float32Array, words.offset) };
}
