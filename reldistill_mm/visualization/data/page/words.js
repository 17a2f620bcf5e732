/* Finding a word in the table that came along. */

const plain = text => text.trim().toLowerCase().replace(/[\s_]+/g, ' ');

function findWord(words, text) {
  return words ? words.names.findIndex(name => plain(name) === plain(text))
      : -1;
}

/* Letters to insert, remove, change or swap between two words. */
function editDistance(a, b) {
  let before = [], last = [...Array(b.length + 1).keys()];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      row[j] = Math.min(last[j] + 1, row[j - 1] + 1,
                        last[j - 1] + (a[i - 1] !== b[j - 1]));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        row[j] = Math.min(row[j], before[j - 2] + 1);
    }
    before = last;
    last = row;
  }
  return last[b.length];
}

/* Known words that may be meant, the nearest first. */
function nearestWords(words, text, count) {
  const wanted = plain(text), most = Math.max(2, 0.4 * wanted.length);
  return words.names
      .map(name => {
        const known = plain(name);
        // A word within the other is nearer than letters say.
        const part = wanted.length > 2
            && (known.includes(wanted) || wanted.includes(known));
        return { name, far: part ? 1 : editDistance(wanted, known) };
      })
      .filter(each => each.far <= most)
      .sort((a, b) => a.far - b.far).slice(0, count).map(each => each.name);
}
