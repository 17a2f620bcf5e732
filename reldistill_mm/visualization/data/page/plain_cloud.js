/* The cloud without WebGL, point by point on the processor. */

class PlainCloud {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext('2d');
    this.colours = {};
  }

  setPoints(grid) { this.grid = grid; }

  setColours(side, colours) {
    this.colours[side] = new Uint32Array(colours.buffer);
  }

  draw(rectangles, orbit, step, size) {
    this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    for (const part of rectangles) {
      const image = this.context.createImageData(part.width, part.height);
      this.paint(new Uint32Array(image.data.buffer), part, this.grid,
                 this.colours[part.side], orbit.rows(part, step),
                 Math.round(size));
      this.context.putImageData(image, part.left, part.top);
    }
  }

  paint(pixels, { width, height }, grid, colours, { x, y, depth }, size) {
    const nearest = new Float32Array(pixels.length).fill(Infinity);
    pixels.fill(0xff111111);
    for (let i = 0, at = 0; i < colours.length; i++, at += 3) {
      if (!(colours[i] >>> 24)) continue;
      const a = grid[at], b = grid[at + 1], c = grid[at + 2];
      const far = depth[0] * a + depth[1] * b + depth[2] * c + depth[3];
      if (far < 0.1) continue;
      const u = ((x[0] * a + x[1] * b + x[2] * c + x[3]) / far
          - size / 2) | 0;
      const v = ((y[0] * a + y[1] * b + y[2] * c + y[3]) / far
          - size / 2) | 0;
      const right = Math.min(u + size, width);
      const bottom = Math.min(v + size, height);
      for (let row = Math.max(v, 0); row < bottom; row++)
        for (let column = Math.max(u, 0); column < right; column++) {
          const pixel = row * width + column;
          if (far >= nearest[pixel]) continue;
          nearest[pixel] = far;
          pixels[pixel] = colours[i];
        }
    }
  }
}

/* The nearest shown point around a pixel of a rectangle, or -1. */
function pickPoint(grid, colours, { x, y, depth }, u, v, reach) {
  let found = -1, best = Infinity;
  for (let i = 0, at = 0; at < grid.length; i++, at += 3) {
    if (!colours[4 * i + 3]) continue;
    const a = grid[at], b = grid[at + 1], c = grid[at + 2];
    const far = depth[0] * a + depth[1] * b + depth[2] * c + depth[3];
    if (far < 0.1) continue;
    const du = (x[0] * a + x[1] * b + x[2] * c + x[3]) / far - u;
    const dv = (y[0] * a + y[1] * b + y[2] * c + y[3]) / far - v;
    const off = Math.hypot(du, dv);
    // Near ones hide far ones, unless the pointer is closer to these.
    const cost = far * (1 + off / reach);
    if (off <= reach && cost < best) [found, best] = [i, cost];
  }
  return found;
}
