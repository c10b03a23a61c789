/* The page: a plane with the curve, its evolute, a data point to drag, and what belongs to it. */
"use strict";

const COLOURS = { minimum: "#1b86cf", maximum: "#d55e00", pair: "#8c8c8c", evolute: "#cc79a7" };

class Explorer {
  constructor(root) {
    const part = (name) => root.querySelector(`[data-part="${name}"]`);
    Object.assign(this, {
      canvas: part("plane"), equation: part("equation"), choice: part("choice"),
      weight: part("weight"), weightShown: part("weight-shown"), said: part("said"),
      list: part("list"),
    });
    this.data = [0.9, 0.4];
    this.height = 3.2; // of the window above the x-axis
    this.choice.addEventListener("change", () => {
      if (this.choice.value) this.equation.value = this.choice.value;
      this.read();
    });
    this.equation.addEventListener("change", () => {
      this.choice.value = "";
      this.read();
    });
    this.weight.addEventListener("input", () => this.read());
    this.canvas.addEventListener("pointerdown", (event) => {
      this.canvas.setPointerCapture(event.pointerId);
      this.move(event);
    });
    this.canvas.addEventListener("pointermove", (event) => event.buttons && this.move(event));
    this.canvas.addEventListener("keydown", (event) => this.step(event));
    new ResizeObserver(() => this.resize()).observe(this.canvas);
    new MutationObserver(() => this.draw()).observe(document.documentElement, {
      attributeFilter: ["data-theme"],
    });
    this.read();
  }

  /** Take up the equation and the weight. */
  read() {
    const weight = 2 ** Number(this.weight.value);
    this.weightShown.textContent = String(Number(weight.toPrecision(3)));
    try {
      this.curve = new Curve(Polynomials.read(this.equation.value), weight);
      this.failure = null;
    } catch (error) {
      this.failure = error.message;
    }
    this.equation.setAttribute("aria-invalid", String(this.failure !== null));
    this.resize();
  }

  /** Fit the drawing to the canvas, and compute what does not depend on the data. */
  resize() {
    const ratio = window.devicePixelRatio || 1;
    const { width, height } = this.canvas.getBoundingClientRect();
    if (!width || !height) return;
    [this.canvas.width, this.canvas.height] = [width * ratio, height * ratio];
    this.unit = this.canvas.height / (2 * this.height);
    if (this.curve) this.trace();
    this.update();
  }

  toScreen(x, y) {
    return [this.canvas.width / 2 + x * this.unit, this.canvas.height / 2 - y * this.unit];
  }

  /** The curve as short segments by marching squares, and the evolute above them. */
  trace() {
    const n = 240;
    const [w, h] = [this.canvas.width / this.unit / 2, this.height];
    const at = (i, j) => [-w + (2 * w * i) / n, -h + (2 * h * j) / n];
    const { f, fx, fy } = this.curve;
    const values = Array.from({ length: n + 1 }, (_, i) =>
      Array.from({ length: n + 1 }, (_, j) => Polynomials.real(f, ...at(i, j)) || 1e-300));
    const onto = ([x, y]) => {
      for (let round = 0; round < 4; round++) {
        const [dx, dy] = [Polynomials.real(fx, x, y), Polynomials.real(fy, x, y)];
        const by = Polynomials.real(f, x, y) / (dx * dx + dy * dy || 1);
        [x, y] = [x - by * dx, y - by * dy];
      }
      return [x, y];
    };
    this.segments = [];
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        const corners = [[i, j], [i + 1, j], [i + 1, j + 1], [i, j + 1]];
        const ends = [];
        corners.forEach(([a, b], k) => {
          const [c, d] = corners[(k + 1) % 4];
          const [p, q] = [values[a][b], values[c][d]];
          if (p * q >= 0) return;
          const [[x, y], [u, v], t] = [at(a, b), at(c, d), p / (p - q)];
          ends.push(onto([x + t * (u - x), y + t * (v - y)]));
        });
        for (let k = 0; k + 1 < ends.length; k += 2) this.segments.push([ends[k], ends[k + 1]]);
      }
    }
    const above = (from, to, depth) => { // centres of curvature, closer together where they run
      const [p, q] = [from, to].map(([x, y]) => this.curve.centre(x, y));
      if (!(p[2] * q[2] > 0)) return []; // an inflection, whose centre is at infinity
      if (Math.hypot(p[0] - q[0], p[1] - q[1]) < h / 50) return [[p, q]];
      if (depth === 0) return [];
      const between = onto([(from[0] + to[0]) / 2, (from[1] + to[1]) / 2]);
      return [...above(from, between, depth - 1), ...above(between, to, depth - 1)];
    };
    this.evolute = this.segments.flatMap(([from, to]) => above(from, to, 8));
  }

  /** Move the data point to the pointer. */
  move(event) {
    const box = this.canvas.getBoundingClientRect();
    const scale = this.canvas.width / box.width / this.unit;
    this.data = [
      (event.clientX - box.left - box.width / 2) * scale,
      (box.top + box.height / 2 - event.clientY) * scale,
    ];
    this.update();
  }

  step(event) {
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    const by = steps[event.key];
    if (!by) return;
    event.preventDefault();
    const size = event.shiftKey ? 0.01 : 0.05;
    this.data = this.data.map((value, k) => value + size * by[k]);
    this.update();
  }

  /** Compute the critical points of the data point, and show them. */
  update() {
    this.points = this.failure ? [] : this.curve.criticalPoints(...this.data);
    const real = this.points.filter((p) => p.real);
    const minima = real.filter((p) => p.minimum);
    const [found, expected] = [this.points.length, this.failure ? 0 : this.curve.degree];
    const several = (n, one, more) => `${n} ${n === 1 ? one : more}`;
    this.said.textContent = this.failure ?? (expected === 0
      ? "This set has no smooth points that edgeom could use: a factor is there several times."
      : `Data (${this.data.map((v) => v.toFixed(2)).join(", ")}): ` +
        `${several(real.length, "real critical point", "real critical points")}, ` +
        `${several(minima.length, "local minimum", "local minima")}; ` +
        `ED degree ${expected}` +
        (found === expected ? "." : `, ${found} found: the data lies on the ED discriminant, or very near.`));
    this.list.replaceChildren(...real.map((p, k) => {
      const row = document.createElement("tr");
      const kind = p.minimum ? "local minimum" : "local maximum";
      const cells = [k ? kind : "nearest of these", `(${p.x.toFixed(3)}, ${p.y.toFixed(3)})`,
        p.distance.toFixed(4)];
      row.append(...cells.map((text) => Object.assign(document.createElement("td"), { textContent: text })));
      return row;
    }));
    this.draw();
  }

  draw() {
    const pen = this.canvas.getContext("2d");
    const style = getComputedStyle(this.canvas);
    const ratio = window.devicePixelRatio || 1;
    const line = (from, to) => {
      pen.beginPath();
      pen.moveTo(...this.toScreen(...from));
      pen.lineTo(...this.toScreen(...to));
      pen.stroke();
    };
    const dot = (x, y, radius, fill, hollow = false) => {
      pen.beginPath();
      pen.arc(...this.toScreen(x, y), radius * ratio, 0, 2 * Math.PI);
      pen.fillStyle = pen.strokeStyle = fill;
      hollow ? pen.stroke() : pen.fill();
    };
    pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
    if (this.failure) return;
    pen.lineCap = "round";
    pen.lineWidth = 1.5 * ratio;
    pen.strokeStyle = COLOURS.evolute;
    for (const [p, q] of this.evolute) line(p, q);
    pen.lineWidth = 2 * ratio;
    pen.strokeStyle = style.color;
    for (const [p, q] of this.segments) line(p, q);
    pen.lineWidth = 1.25 * ratio;
    for (const p of this.points) {
      if (!p.real) {
        dot(p.x, p.y, 4, COLOURS.pair, true);
        continue;
      }
      pen.strokeStyle = p.minimum ? COLOURS.minimum : COLOURS.maximum;
      line(this.data, [p.x, p.y]);
      dot(p.x, p.y, p === this.points[0] ? 7 : 5, pen.strokeStyle);
    }
    dot(...this.data, 6, style.color);
    dot(...this.data, 3, style.backgroundColor);
  }
}

document.addEventListener("DOMContentLoaded", () => {
  for (const root of document.querySelectorAll(".explorer")) root.explorer = new Explorer(root);
});
