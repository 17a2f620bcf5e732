/* The camera images with the points on them. */

class Pictures {
  constructor(place, onPoint) {
    this.place = place;
    this.onPoint = onPoint;
  }

  setFrame(frame) {
    this.frame = frame;
    this.place.replaceChildren();
    this.views = (frame.cameras || []).map((camera, number) =>
        this.add(camera, number));
  }

  add(camera, number) {
    const canvas = document.createElement('canvas');
    canvas.width = camera.width;
    canvas.height = camera.height;
    const figure = document.createElement('figure');
    const caption = document.createElement('figcaption');
    caption.textContent = camera.name;
    figure.append(canvas, caption);
    this.place.append(figure);
    const image = new Image();
    const view = { canvas, image, number, ready: false };
    image.onload = () => { view.ready = true; this.paint(view); };
    image.src = camera.image;
    canvas.addEventListener('click', event => {
      const found = this.pick(view, event);
      if (found >= 0) this.onPoint(found);
    });
    return view;
  }

  draw(colours, marked) {
    this.colours = colours;
    this.marked = marked;
    for (const view of this.views) this.paint(view);
  }

  paint({ canvas, image, number, ready }) {
    if (!ready || !this.colours) return;
    const context = canvas.getContext('2d');
    const { point, camera, uv } = this.frame.pairs;
    const { width, height } = canvas;
    context.drawImage(image, 0, 0, width, height);
    const size = Math.max(2, width / 220);
    for (let i = 0; i < point.length; i++) {
      if (camera[i] !== number) continue;
      const at = 4 * point[i], c = this.colours;
      if (!c[at + 3]) continue;
      context.fillStyle = `rgb(${c[at]},${c[at + 1]},${c[at + 2]})`;
      context.fillRect(uv[2 * i] / 65535 * width - size / 2,
                       uv[2 * i + 1] / 65535 * height - size / 2, size, size);
    }
    for (let i = 0; i < point.length; i++)
      if (camera[i] === number && point[i] === this.marked)
        ring(context, uv[2 * i] / 65535 * width,
             uv[2 * i + 1] / 65535 * height, 2.5 * size);
  }

  pick({ canvas, number }, event) {
    const box = canvas.getBoundingClientRect();
    const x = (event.clientX - box.left) / box.width;
    const y = (event.clientY - box.top) / box.height;
    const { point, camera, uv } = this.frame.pairs;
    let found = -1, best = 0.05;
    for (let i = 0; i < point.length; i++) {
      if (camera[i] !== number) continue;
      const off = Math.hypot(uv[2 * i] / 65535 - x,
          (uv[2 * i + 1] / 65535 - y) * box.height / box.width);
      if (off < best) [found, best] = [point[i], off];
    }
    return found;
  }
}

function ring(context, x, y, radius) {
  for (const [colour, line] of [['#000', 5], ['#fff', 2.5]]) {
    context.strokeStyle = colour;
    context.lineWidth = line;
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.stroke();
  }
}
