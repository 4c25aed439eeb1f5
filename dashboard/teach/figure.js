// Small moving skeletons: see drawn.py for what they are made from. One loop moves all of those that
// can be seen; where motion is unwanted they stand still until somebody points at them.

const FIGURE_MISSING = 255;
const FIGURE_REST_S = 0.45; // at the end, before it begins again
const FIGURE_MARGIN = 0.1;

class Figure {
  constructor(canvas) {
    this.canvas = canvas;
    this.seen = false;
    this.wanted = false; // somebody points at it
  }

  show({ steps, hz }) {
    if (this.source === steps) return;
    this.source = steps;
    this.hz = hz;
    this.steps = Uint8Array.from(atob(steps), (letter) => letter.charCodeAt(0));
    this.count = this.steps.length / 34;
    this.began = performance.now();
    this.draw(this.began, true);
  }

  point(step, i) {
    const at = 34 * step + 2 * i;
    return this.steps[at] === FIGURE_MISSING ? null : [this.steps[at], this.steps[at + 1]];
  }

  // The body at a step that may lie between two.
  body(at) {
    const before = Math.floor(at);
    const share = at - before;
    return Array.from({ length: 17 }, (_, i) => {
      const a = this.point(before, i);
      const b = this.point(Math.min(before + 1, this.count - 1), i);
      if (!a || !b) return share < 0.5 ? a : b;
      return [a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])];
    });
  }

  draw(now, still) {
    if (!this.steps) return;
    const side = this.canvas.clientWidth;
    if (!side) return;
    const ratio = window.devicePixelRatio || 1;
    const pixels = Math.round(side * ratio);
    if (this.canvas.width !== pixels) this.canvas.width = this.canvas.height = pixels;
    const last = this.count - 1;
    const at = ((now - this.began) / 1000) % (last / this.hz + FIGURE_REST_S);
    const step = still ? last / 2 : Math.min(at * this.hz, last);
    const scale = (side * (1 - 2 * FIGURE_MARGIN)) / (FIGURE_MISSING - 1);
    const points = this.body(step).map(
      (point) => point && point.map((value) => side * FIGURE_MARGIN + value * scale));
    const ctx = this.canvas.getContext("2d");
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.clearRect(0, 0, side, side);
    if (points.some(Boolean)) drawSkeleton(ctx, points, 2);
  }
}

class Figures {
  constructor() {
    this.figures = new Map(); // by canvas
    this.calm = matchMedia("(prefers-reduced-motion: reduce)");
    this.watcher = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        const figure = this.figures.get(target);
        if (figure) figure.seen = isIntersecting;
        if (figure && isIntersecting) figure.draw(performance.now(), true);
      }
    });
    this.frame = requestAnimationFrame((now) => this.move(now));
  }

  show(canvas, data) {
    let figure = this.figures.get(canvas);
    if (!figure) {
      figure = new Figure(canvas);
      this.figures.set(canvas, figure);
      this.watcher.observe(canvas);
      canvas.addEventListener("pointerenter", () => { figure.wanted = true; });
      canvas.addEventListener("pointerleave", () => { figure.wanted = false; });
    }
    figure.show(data);
  }

  move(now) {
    for (const figure of this.figures.values()) {
      if (figure.seen && (!this.calm.matches || figure.wanted)) figure.draw(now, false);
    }
    this.frame = requestAnimationFrame((next) => this.move(next));
  }

  forget(canvas) {
    this.watcher.unobserve(canvas);
    this.figures.delete(canvas);
  }

  close() {
    cancelAnimationFrame(this.frame);
    this.watcher.disconnect();
    this.figures.clear();
  }
}
