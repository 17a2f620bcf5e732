/* What a visitor of the page can do; answers stand in #answers. */
addEventListener('load', async () => {
  const answers = {}, pause = () => new Promise(done => setTimeout(done, 50));
  const press = (point, side) => {
    const part = rectangles().find(each => each.side === side);
    const { x, y, depth } = orbit.rows(part, frame.metres_per_step);
    const at = row => row[3] + [0, 1, 2].reduce(
        (sum, i) => sum + row[i] * frame.grid[3 * point + i], 0);
    const box = view.getBoundingClientRect();
    const ratio = view.width / box.width;
    const place = {
      clientX: box.left + (part.left + at(x) / at(depth)) / ratio,
      clientY: box.top + (part.top + at(y) / at(depth)) / ratio,
      pointerId: 1, isPrimary: true, bubbles: true };
    view.dispatchEvent(new PointerEvent('pointerdown', place));
    view.dispatchEvent(new PointerEvent('pointerup', place));
  };
  const key = name => dispatchEvent(Object.assign(
      new KeyboardEvent('keydown', { key: name, bubbles: true })));
  const ask = async word => {
    element('word').value = word;
    element('ask').requestSubmit();
    await pause();
  };
  const shown = () => [...colours.student].filter(
      (each, i) => i % 4 === 3 && each).length;
  try {
/*STEPS*/
  } catch (error) {
    failures.push(String(error.stack));
  }
  answers.failures = failures;
  answers.requests = performance.getEntriesByType('resource')
      .map(each => each.name).filter(name => !name.startsWith('data:'));
  const text = document.createElement('pre');
  text.id = 'answers';
  text.textContent = JSON.stringify(answers);
  document.body.append(text);
});
