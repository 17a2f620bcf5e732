/* The cloud by WebGL: one buffer of positions, one of colours per side. */

const VERTEX = `
attribute vec3 position;
attribute vec4 colour;
uniform vec4 x, y, depth;
uniform vec2 half_size;
uniform float size;
varying vec3 shade;
void main() {
  vec4 p = vec4(position, 1.0);
  float far = dot(depth, p);
  vec2 pixel = vec2(dot(x, p), dot(y, p));
  // Clip coordinates; depth from 0.1 to 10 000 m, finer when near.
  gl_Position = vec4(pixel.x / half_size.x - far,
                     far - pixel.y / half_size.y, far - 0.2, far);
  if (colour.a < 0.5) gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
  gl_PointSize = size;
  shade = colour.rgb;
}`;
const FRAGMENT = `
precision mediump float;
varying vec3 shade;
void main() { gl_FragColor = vec4(shade, 1.0); }`;

class GlCloud {
  static open(canvas) {
    const gl = canvas.getContext('webgl', { antialias: false });
    return gl && new GlCloud(gl);
  }

  /* Whether a graphics card draws, and not the processor, which is faster
     without WebGL. Asked of another canvas: one has a single context. */
  static isFast() {
    const gl = document.createElement('canvas').getContext('webgl', {
      failIfMajorPerformanceCaveat: true });
    const info = gl && gl.getExtension('WEBGL_debug_renderer_info');
    const name = info ? gl.getParameter(info.UNMASKED_RENDERER_WEBGL) : '';
    return !!gl && !/swiftshader|llvmpipe|softpipe|basic render/i.test(name);
  }

  constructor(gl) {
    this.gl = gl;
    this.buffers = {};
    const program = gl.createProgram();
    for (const [kind, text] of [[gl.VERTEX_SHADER, VERTEX],
                                [gl.FRAGMENT_SHADER, FRAGMENT]]) {
      const shader = gl.createShader(kind);
      gl.shaderSource(shader, text);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    gl.useProgram(program);
    this.at = {};
    for (const name of ['x', 'y', 'depth', 'half_size', 'size'])
      this.at[name] = gl.getUniformLocation(program, name);
    for (const name of ['position', 'colour']) {
      this.at[name] = gl.getAttribLocation(program, name);
      gl.enableVertexAttribArray(this.at[name]);
    }
    gl.enable(gl.DEPTH_TEST);
    gl.enable(gl.SCISSOR_TEST);
  }

  store(name, values) {
    const gl = this.gl;
    this.buffers[name] = this.buffers[name] || gl.createBuffer();
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers[name]);
    gl.bufferData(gl.ARRAY_BUFFER, values, gl.DYNAMIC_DRAW);
  }

  setPoints(grid) {
    // Four values each: rows that begin at multiples of 4 bytes.
    const four = new Int16Array(grid.length / 3 * 4);
    for (let i = 0, n = grid.length / 3; i < n; i++)
      four.set(grid.subarray(3 * i, 3 * i + 3), 4 * i);
    this.total = grid.length / 3;
    this.store('position', four);
  }

  setColours(side, colours) { this.store(side, colours); }

  draw(rectangles, orbit, step, size, height) {
    const gl = this.gl;
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers.position);
    gl.vertexAttribPointer(this.at.position, 3, gl.SHORT, false, 8, 0);
    for (const part of rectangles) {
      const rows = orbit.rows(part, step);
      const place = [part.left, height - part.top - part.height, part.width,
                     part.height];
      gl.viewport(...place);
      gl.scissor(...place);
      gl.clearColor(0.067, 0.067, 0.067, 1);
      gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
      for (const name of ['x', 'y', 'depth'])
        gl.uniform4fv(this.at[name], rows[name]);
      gl.uniform2f(this.at.half_size, part.width / 2, part.height / 2);
      gl.uniform1f(this.at.size, size);
      gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers[part.side]);
      gl.vertexAttribPointer(this.at.colour, 4, gl.UNSIGNED_BYTE, true, 0, 0);
      gl.drawArrays(gl.POINTS, 0, this.total);
    }
  }
}
