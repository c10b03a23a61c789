/* A plane curve f = 0 and all critical points of a squared distance on it.

Critical points of (x - a)² + w (y - b)² on f = 0 are the solutions of f = 0 and
g = w (y - b) f_x - (x - a) f_y = 0 with a gradient that is not 0. In coordinates that are turned, y is
eliminated by a resultant, which is interpolated from its values on a circle; its roots and the roots
of f above them are starts of Newton's method for the two equations. The number that there must be is
that of complex data; where some are missing, other turns are tried. */
"use strict";

class Curve {
  /** The curve of a polynomial, with weight w > 0 of y in the squared distance. */
  constructor(f, w = 1) {
    this.f = f;
    this.w = w;
    this.fx = Polynomials.derivative(f, 0);
    this.fy = Polynomials.derivative(f, 1);
    this.fxx = Polynomials.derivative(this.fx, 0);
    this.fxy = Polynomials.derivative(this.fx, 1);
    this.fyy = Polynomials.derivative(this.fy, 1);
    const lengths = f.map(([c]) => Math.abs(c));
    this.size = Math.max(...lengths); // of f and its gradient at points of size 1
    this.degree = 0; // the ED degree: of the critical points of complex data
    this.degree = this.solve([0.3517, 0.6143], [-0.7211, 0.4289]).length;
  }

  /** All complex critical points [x, y] for complex data (a, b). */
  solve(a, b) {
    let found = [];
    for (const angle of [0.5739, 1.2345, 2.2221, 0.1117]) {
      for (const point of this._candidates(a, b, angle)) {
        if (!found.some((other) => this._same(point, other))) found.push(point);
      }
      if (this.degree && found.length >= this.degree) break;
    }
    return found;
  }

  /** All critical points for real data, with what they are, the nearest first. */
  criticalPoints(a, b) {
    const points = this.solve([a, 0], [b, 0]).map(([x, y]) => {
      const size = 1 + Math.hypot(x[0], y[0]);
      if (Math.hypot(x[1], y[1]) > 1e-7 * size) return { x: x[0], y: y[0], real: false };
      const distance = (x[0] - a) ** 2 + this.w * (y[0] - b) ** 2;
      return { x: x[0], y: y[0], real: true, distance, minimum: this._bend(x[0], y[0], a, b) > 0 };
    });
    const order = (p) => (p.real ? p.distance : Infinity);
    return points.sort((p, q) => order(p) - order(q) || 0);
  }

  /** The centre of curvature of a real point: the data at which it meets another critical point. */
  centre(x, y) {
    const [fx, fy] = [Polynomials.real(this.fx, x, y), Polynomials.real(this.fy, x, y)];
    const bend = this._second(x, y, fx, fy);
    const by = (fy * fy + this.w * fx * fx) / bend;
    return [x - fx * by, y - (fy * by) / this.w, bend];
  }

  /** The second derivative of the squared distance along the curve, up to a positive factor. */
  _bend(x, y, a, b) {
    const [fx, fy] = [Polynomials.real(this.fx, x, y), Polynomials.real(this.fy, x, y)];
    const multiplier = ((x - a) * fx + this.w * (y - b) * fy) / (fx * fx + fy * fy);
    return fy * fy + this.w * fx * fx - multiplier * this._second(x, y, fx, fy);
  }

  _second(x, y, fx, fy) {
    const at = (p) => Polynomials.real(p, x, y);
    return fy * fy * at(this.fxx) - 2 * fx * fy * at(this.fxy) + fx * fx * at(this.fyy);
  }

  _same([x, y], [u, v]) {
    const gap = Complex.abs(Complex.sub(x, u)) + Complex.abs(Complex.sub(y, v));
    return gap < 1e-6 * (1 + Complex.abs(x) + Complex.abs(y));
  }

  /** Critical points that are found in coordinates turned by an angle. */
  _candidates(a, b, angle) {
    const [c, s] = [Math.cos(angle), Math.sin(angle)];
    const parts = ["f", "fx", "fy"].map((name) => Polynomials.turned(this[name], angle));
    const n = Polynomials.degree(this.f);
    const place = (u, v) => [
      [c * u[0] - s * v[0], c * u[1] - s * v[1]],
      [s * u[0] + c * v[0], s * u[1] + c * v[1]],
    ];
    // f and g as polynomials in v, for a value of u
    const inV = (terms, u) => {
      const list = Array.from({ length: n + 1 }, () => [0, 0]);
      for (const [k, i, j] of terms) {
        let term = [k, 0];
        for (let l = 0; l < i; l++) term = Complex.mul(term, u);
        list[j] = Complex.add(list[j], term);
      }
      return list;
    };
    const both = (u) => {
      const [f, fx, fy] = parts.map((terms) => inV(terms, u));
      const dy = [[s * u[0] - b[0], s * u[1] - b[1]], [c, 0]]; // y - b in powers of v
      const dx = [[c * u[0] - a[0], c * u[1] - a[1]], [-s, 0]];
      const g = Array.from({ length: n + 1 }, () => [0, 0]);
      for (let k = 0; k <= n; k++) {
        for (const l of [0, 1]) {
          if (k + l > n) continue;
          const value = Complex.sub(
            Complex.mul([this.w * dy[l][0], this.w * dy[l][1]], fx[k]), Complex.mul(dx[l], fy[k]));
          g[k + l] = Complex.add(g[k + l], value);
        }
      }
      return [f, g];
    };
    const found = [];
    for (const u of Polynomials.roots(interpolated((z) => resultant(...both(z)), n * n))) {
      for (const v of Polynomials.roots(both(u)[0])) {
        const point = this._newton(...place(u, v), a, b);
        if (point) found.push(point);
      }
    }
    return found;
  }

  /** The regular critical point that Newton's method reaches, or null. */
  _newton(x, y, a, b) {
    const { add, sub, mul, div, abs } = Complex;
    const by = (z, k) => [z[0] * k, z[1] * k];
    for (let round = 0, last = Infinity; round < 40; round++) {
      const at = (p) => Polynomials.value(p, x, y);
      const [f, fx, fy, fxx, fxy, fyy] = [this.f, this.fx, this.fy, this.fxx, this.fxy, this.fyy].map(at);
      const [dx, dy] = [sub(x, a), by(sub(y, b), this.w)];
      const g = sub(mul(dy, fx), mul(dx, fy));
      const gx = sub(sub(mul(dy, fxx), mul(dx, fxy)), fy);
      const gy = add(sub(mul(dy, fxy), mul(dx, fyy)), by(fx, this.w));
      const det = sub(mul(fx, gy), mul(fy, gx));
      const stepX = div(sub(mul(f, gy), mul(fy, g)), det);
      const stepY = div(sub(mul(fx, g), mul(f, gx)), det);
      const [step, size] = [abs(stepX) + abs(stepY), 1 + abs(x) + abs(y)];
      if (!(step < 1e6 * size)) return null;
      [x, y] = [sub(x, stepX), sub(y, stepY)];
      if (step < 1e-13 * size || (step < 1e-9 * size && step > last / 2)) {
        const gradient = abs(fx) + abs(fy);
        return gradient > 1e-7 * this.size * size ** (Polynomials.degree(this.f) - 1) ? [x, y] : null;
      }
      last = step;
    }
    return null;
  }
}

/** The resultant of two polynomials of the same formal degree: the determinant of Sylvester. */
function resultant(f, g) {
  const n = f.length - 1;
  const rows = [];
  for (const p of [f, g]) {
    for (let shift = 0; shift < n; shift++) {
      const row = Array.from({ length: 2 * n }, () => [0, 0]);
      p.forEach((value, k) => (row[k + shift] = value));
      rows.push(row);
    }
  }
  let det = [1, 0];
  for (let k = 0; k < 2 * n; k++) {
    let pivot = k;
    for (let i = k + 1; i < 2 * n; i++) {
      if (Complex.abs(rows[i][k]) > Complex.abs(rows[pivot][k])) pivot = i;
    }
    if (Complex.abs(rows[pivot][k]) === 0) return [0, 0];
    if (pivot !== k) [rows[k], rows[pivot], det] = [rows[pivot], rows[k], [-det[0], -det[1]]];
    det = Complex.mul(det, rows[k][k]);
    for (let i = k + 1; i < 2 * n; i++) {
      const factor = Complex.div(rows[i][k], rows[k][k]);
      for (let j = k; j < 2 * n; j++) {
        rows[i][j] = Complex.sub(rows[i][j], Complex.mul(factor, rows[k][j]));
      }
    }
  }
  return det;
}

/** The coefficients of a polynomial of at most this degree, from its values on a circle. */
function interpolated(value, degree, radius = 1.5) {
  const count = 2 * degree + 2;
  const point = (k) => [Math.cos((2 * Math.PI * k) / count), Math.sin((2 * Math.PI * k) / count)];
  const values = Array.from({ length: count }, (_, k) => {
    const z = point(k);
    return value([radius * z[0], radius * z[1]]);
  });
  return Array.from({ length: degree + 1 }, (_, power) => {
    let sum = [0, 0];
    values.forEach((v, k) => (sum = Complex.add(sum, Complex.mul(v, point((-k * power) % count)))));
    return [sum[0] / count / radius ** power, sum[1] / count / radius ** power];
  });
}
