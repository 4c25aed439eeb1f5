// 3, 2, 1 over the camera's picture, then how much of the recording is over. The server says now and
// then how far it is; in between the clock of the browser goes on.

const counters = new WeakMap();
const NEAR_MS = 400; // of what the server says: nothing jumps for it

class Counter {
  constructor(root) {
    this.root = root;
    this.number = root.querySelector(".tk-number");
    this.fill = root.querySelector(".tk-bar i");
    this.take = null;
    this.frame = 0;
  }

  update({ take, leftS, lengthS, aspect }) {
    if (take == null) {
      this.take = null;
      this.root.hidden = true;
      cancelAnimationFrame(this.frame);
      return;
    }
    const begins = performance.now() + 1000 * leftS;
    if (take !== this.take || Math.abs(begins - this.begins) > NEAR_MS) this.begins = begins;
    this.take = take;
    this.lengthMs = 1000 * lengthS;
    this.root.hidden = false;
    this.root.style.setProperty("--aspect", aspect);
    cancelAnimationFrame(this.frame);
    this.draw();
  }

  draw() {
    const left = this.begins - performance.now();
    const phase = left > 0 ? "counting" : "recording";
    if (this.root.dataset.phase !== phase) this.root.dataset.phase = phase;
    const text = String(Math.max(Math.ceil(left / 1000), 1));
    if (this.number.textContent !== text) this.number.textContent = text;
    this.fill.style.transform = `scaleX(${Math.min(Math.max(-left / this.lengthMs, 0), 1)})`;
    this.frame = requestAnimationFrame(() => this.draw());
  }
}

export default function ({ data, parentElement }) {
  if (!counters.has(parentElement)) counters.set(parentElement, new Counter(parentElement.querySelector(".tk")));
  counters.get(parentElement).update(data);
  return () => {
    cancelAnimationFrame(counters.get(parentElement)?.frame);
    counters.delete(parentElement);
  };
}
