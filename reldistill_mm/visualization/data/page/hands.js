/* Mouse, touch and wheel on the cloud. */

class Hands {
  constructor(view, orbit, { changed, clicked, hovered }) {
    Object.assign(this, { view, orbit, changed, clicked, hovered });
    this.down = new Map();
    const on = (name, what, options) =>
        view.addEventListener(name, what.bind(this), options);
    on('pointerdown', this.press);
    on('pointermove', this.drag);
    on('pointerup', this.release);
    on('pointercancel', this.release);
    on('pointerleave', () => hovered(null));
    on('wheel', event => {
      event.preventDefault();
      this.orbit.zoom(Math.exp(event.deltaY * 0.001));
      changed();
    }, { passive: false });
    on('contextmenu', event => event.preventDefault());
    on('dblclick', () => { startView(); changed(); });
  }

  press(event) {
    this.hovered(null);
    this.down.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (this.down.size === 1)
      this.first = { x: event.clientX, y: event.clientY, still: true,
                     moves: event.button === 2 || event.shiftKey };
    else this.first.still = false;
    try { this.view.setPointerCapture(event.pointerId); } catch (error) {
      // A pointer that has gone already.
    }
  }

  drag(event) {
    const held = this.down.get(event.pointerId);
    if (!held) return event.pointerType === 'touch' || this.hovered(event);
    const before = this.grip();
    const dx = event.clientX - held.x, dy = event.clientY - held.y;
    held.x = event.clientX;
    held.y = event.clientY;
    if (Math.hypot(held.x - this.first.x, held.y - this.first.y) > 5)
      this.first.still = false;
    const pixels = Math.max(this.view.clientWidth, this.view.clientHeight);
    if (this.down.size > 1) {
      const after = this.grip();
      this.orbit.zoom(before.wide / Math.max(after.wide, 1));
      this.orbit.move(after.x - before.x, after.y - before.y, pixels);
    } else if (this.first.still) return;
    else if (this.first.moves) this.orbit.move(dx, dy, pixels);
    else this.orbit.turn(dx, dy);
    this.changed();
  }

  release(event) {
    if (!this.down.delete(event.pointerId)) return;
    if (!this.down.size && this.first.still && event.type === 'pointerup')
      this.clicked(event);
  }

  /* Middle and width of two fingers. */
  grip() {
    const [a, b] = [...this.down.values()];
    if (!b) return { x: a.x, y: a.y, wide: 1 };
    return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2,
             wide: Math.hypot(a.x - b.x, a.y - b.y) };
  }
}
