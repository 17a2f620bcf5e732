/* A camera that turns around a target. */

const focalOf = ({ width, height }) => 0.9 * Math.max(width, height);

class Orbit {
  constructor(extent) {
    this.extent = extent;
    this.reset();
  }

  /* From the usual side; where points (3 N) of the grid are given, as near as
     a rectangle shows nearly all of them. */
  reset(points, step, rectangle) {
    Object.assign(this, { yaw: -0.9, pitch: 0.75, target: [0, 0, 0],
                          distance: this.extent * 1.6 });
    if (points && points.length)
      this.distance = Math.max(0.5, this.reach(points, step, rectangle));
  }

  /* Distance at which 98 % of the points are in the rectangle. */
  reach(points, step, rectangle) {
    const { right, up, back } = this.axes(), focal = focalOf(rectangle);
    const every = 3 * Math.ceil(points.length / 12000), needed = [];
    for (let i = 0; i < points.length; i += every) {
      const along = axis => step * (axis[0] * points[i]
          + axis[1] * points[i + 1] + axis[2] * points[i + 2]);
      needed.push(along(back) + 2 * focal * Math.max(
          Math.abs(along(right)) / rectangle.width,
          Math.abs(along(up)) / rectangle.height));
    }
    needed.sort((a, b) => a - b);
    return needed[Math.floor(0.98 * (needed.length - 1))];
  }

  /* Axes of the camera in the world: right, up, back towards the eye. */
  axes() {
    const cy = Math.cos(this.yaw), sy = Math.sin(this.yaw);
    const cp = Math.cos(this.pitch), sp = Math.sin(this.pitch);
    return { right: [-sy, cy, 0], up: [-sp * cy, -sp * sy, cp],
             back: [cp * cy, cp * sy, sp] };
  }

  turn(dx, dy) {
    this.yaw -= dx * 0.006;
    this.pitch = Math.min(1.57, Math.max(-0.3, this.pitch + dy * 0.006));
  }

  move(dx, dy, pixels) {
    const { right, up } = this.axes();
    const scale = this.distance / (0.9 * pixels);
    for (let i = 0; i < 3; i++)
      this.target[i] += scale * (dy * up[i] - dx * right[i]);
  }

  zoom(factor) {
    this.distance = Math.min(20 * this.extent,
                             Math.max(0.5, this.distance * factor));
  }

  /* Four rows of four: from steps of the grid to pixels of a rectangle, as
     x, y, (unused), depth; x / depth is the pixel. */
  rows(rectangle, step) {
    const { right, up, back } = this.axes();
    const focal = focalOf(rectangle);
    const eye = back.map((b, i) => this.target[i] + b * this.distance);
    const dot = v => v[0] * eye[0] + v[1] * eye[1] + v[2] * eye[2];
    const line = (v, scale) => [...v.map(each => each * step * scale),
                                -dot(v) * scale];
    const depth = line(back, -1);
    const at = (v, scale, middle) =>
        line(v, scale).map((each, i) => each + middle * depth[i]);
    return { x: at(right, focal, rectangle.width / 2),
             y: at(up, -focal, rectangle.height / 2), depth };
  }

  state() {
    return [this.yaw, this.pitch, this.distance, ...this.target]
        .map(value => +value.toFixed(3));
  }

  restore(values) {
    if (values.length !== 6 || !values.every(Number.isFinite)) return;
    const far = 20 * this.extent;
    const within = (value, least, most) => Math.min(most,
                                                    Math.max(least, value));
    this.yaw = values[0] % (2 * Math.PI);
    this.pitch = within(values[1], -0.3, 1.57);
    this.distance = within(values[2], 0.5, far);
    this.target = values.slice(3).map(value => within(value, -far, far));
  }
}
