/* Polynomials in x and y, read by the grammar of edgeom's equations, and their roots.

A polynomial is an array of terms [coefficient, power of x, power of y]. Complex numbers are pairs
[re, im]. Plain scripts, no modules: the page has to work when it is opened as a file. */
"use strict";

const Complex = {
  add: (a, b) => [a[0] + b[0], a[1] + b[1]],
  sub: (a, b) => [a[0] - b[0], a[1] - b[1]],
  mul: (a, b) => [a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]],
  div: (a, b) => {
    const size = b[0] * b[0] + b[1] * b[1];
    return [(a[0] * b[0] + a[1] * b[1]) / size, (a[1] * b[0] - a[0] * b[1]) / size];
  },
  abs: (a) => Math.hypot(a[0], a[1]),
};

const Polynomials = {
  constant: (c) => (c === 0 ? [] : [[c, 0, 0]]),
  x: [[1, 1, 0]],
  y: [[1, 0, 1]],

  add(p, q, factor = 1) {
    const sums = new Map();
    for (const [terms, by] of [[p, 1], [q, factor]]) {
      for (const [c, i, j] of terms) sums.set(`${i},${j}`, (sums.get(`${i},${j}`) ?? 0) + by * c);
    }
    return [...sums].filter(([, c]) => c !== 0).map(([key, c]) => [c, ...key.split(",").map(Number)]);
  },

  mul(p, q) {
    let product = [];
    for (const [a, i, j] of p) {
      product = this.add(product, q.map(([b, k, l]) => [a * b, i + k, j + l]));
    }
    return product;
  },

  pow(p, n) {
    let power = this.constant(1);
    for (let k = 0; k < n; k++) power = this.mul(power, p);
    return power;
  },

  degree: (p) => Math.max(0, ...p.map(([, i, j]) => i + j)),

  /** The derivative by x (0) or y (1). */
  derivative: (p, by) =>
    p.filter((term) => term[1 + by] > 0)
      .map(([c, i, j]) => (by === 0 ? [c * i, i - 1, j] : [c * j, i, j - 1])),

  /** The value at a real point. */
  real(p, x, y) {
    let sum = 0;
    for (const [c, i, j] of p) sum += c * x ** i * y ** j;
    return sum;
  },

  /** The value at a complex point. */
  value(p, x, y) {
    const powers = (z, n) => {
      const list = [[1, 0]];
      for (let k = 0; k < n; k++) list.push(Complex.mul(list[k], z));
      return list;
    };
    const n = this.degree(p);
    const [xs, ys] = [powers(x, n), powers(y, n)];
    let sum = [0, 0];
    for (const [c, i, j] of p) {
      const term = Complex.mul(xs[i], ys[j]);
      sum = [sum[0] + c * term[0], sum[1] + c * term[1]];
    }
    return sum;
  },

  /** p(c u - s v, s u + c v), for coordinates u, v that are turned by an angle. */
  turned(p, angle) {
    const [c, s] = [Math.cos(angle), Math.sin(angle)];
    const x = [[c, 1, 0], [-s, 0, 1]];
    const y = [[s, 1, 0], [c, 0, 1]];
    let sum = [];
    for (const [a, i, j] of p) {
      const term = this.mul(this.pow(x, i), this.pow(y, j));
      sum = this.add(sum, term, a);
    }
    return sum;
  },

  /** Read "x^2 + 4*y^2 = 4"; what cannot be read is an Error that says why. */
  read(text, largest = 4) {
    const tokens = text.match(/\d+\.?\d*(?:e[+-]?\d+)?|\.\d+|\*\*|[-+*\/^()=]|[a-z]\w*|\S/gi) ?? [];
    let at = 0;
    const sides = [sum()];
    if (tokens[at] === "=") at++, sides.push(sum());
    if (at < tokens.length) refuse(`'${tokens[at]}' is not expected`);
    const read = sides.length === 2 ? Polynomials.add(sides[0], sides[1], -1) : sides[0];
    const degree = Polynomials.degree(read);
    if (degree === 0) refuse("it has no x and no y");
    if (degree > largest) refuse(`its degree is ${degree}, and this page solves up to ${largest}`);
    return read;

    function refuse(reason) {
      throw new Error(`The equation cannot be read: ${reason}.`);
    }
    function sum() {
      let value = product();
      while (tokens[at] === "+" || tokens[at] === "-") {
        const sign = tokens[at++] === "+" ? 1 : -1;
        value = Polynomials.add(value, product(), sign);
      }
      return value;
    }
    function product() {
      let value = power();
      while (tokens[at] === "*" || tokens[at] === "/") {
        const divide = tokens[at++] === "/";
        const next = power();
        if (divide && (Polynomials.degree(next) > 0 || next.length === 0)) {
          refuse("only numbers can divide");
        }
        value = Polynomials.mul(value, divide ? [[1 / next[0][0], 0, 0]] : next);
      }
      if (at < tokens.length && /^[\w(.]/.test(tokens[at])) {
        refuse(`write * before '${tokens[at]}' to multiply`);
      }
      return value;
    }
    function power() {
      if (tokens[at] === "+" || tokens[at] === "-") {
        return Polynomials.mul([[tokens[at++] === "+" ? 1 : -1, 0, 0]], power());
      }
      const base = operand();
      if (tokens[at] !== "^" && tokens[at] !== "**") return base;
      const exponent = Number(tokens[++at]);
      if (!Number.isInteger(exponent) || exponent < 0) refuse("exponents are 0, 1, 2, ...");
      at++;
      if (Polynomials.degree(base) * exponent > 20) refuse("its degree is too large");
      return Polynomials.pow(base, exponent);
    }
    function operand() {
      const token = tokens[at++];
      if (token === undefined) refuse("it ends too early");
      if (token === "(") {
        const value = sum();
        if (tokens[at++] !== ")") refuse("a bracket is not closed");
        return value;
      }
      if (token === "x") return Polynomials.x;
      if (token === "y") return Polynomials.y;
      if (/^[\d.]/.test(token)) return Polynomials.constant(Number(token));
      return refuse(`'${token}' is not a number, x or y`);
    }
  },

  /** All roots of c_0 + c_1 z + ... + c_n z^n with complex c_k, by the method of Aberth. */
  roots(coefficients) {
    const { add, sub, mul, div, abs } = Complex;
    const c = coefficients.slice();
    const largest = Math.max(...c.map(abs));
    while (c.length > 1 && abs(c[c.length - 1]) <= 1e-13 * largest) c.pop();
    const n = c.length - 1;
    if (n < 1) return [];
    const radius = 1 + Math.max(...c.slice(0, n).map(abs)) / abs(c[n]);
    const start = Math.min(radius, 2 * Math.max((abs(c[0]) / abs(c[n])) ** (1 / n), 1e-3));
    let z = Array.from({ length: n }, (_, k) => {
      const angle = (2 * Math.PI * k) / n + 0.4;
      return [start * Math.cos(angle), start * Math.sin(angle)];
    });
    for (let round = 0; round < 200; round++) {
      let moved = 0;
      z = z.map((w, k) => {
        let [p, d] = [c[n], [0, 0]];
        for (let i = n - 1; i >= 0; i--) {
          d = add(mul(d, w), p);
          p = add(mul(p, w), c[i]);
        }
        if (abs(p) === 0) return w;
        let others = [0, 0];
        z.forEach((v, j) => {
          const gap = sub(w, v);
          if (j !== k && abs(gap) > 0) others = add(others, div([1, 0], gap));
        });
        const step = div([1, 0], sub(div(d, p), others));
        if (!Number.isFinite(step[0] + step[1])) return w;
        moved = Math.max(moved, abs(step) / (1e-30 + abs(w)));
        return sub(w, step);
      });
      if (moved < 1e-15) break;
    }
    return z;
  },
};
