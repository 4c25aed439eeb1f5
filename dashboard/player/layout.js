// Where video and timeline are: below each other or side by side, in the page, filling the window,
// or the video alone on the full screen; and the handle between them.

const BESIDE_PX = 1100; // from this width on side by side; upright videos from
const BESIDE_UPRIGHT_PX = 760;
const UPRIGHT_SHARE = 0.5; // of the width, of an upright video
const SHARE = 0.62; // of the width, and below each other of the window's height, at first
// A video beside its timeline is at least so large, as a share of what it would be above it.
const LEAST_BESIDE = { page: 0.65, window: 0.9 };
const LAYOUT_KEPT = "harec layout";

class PlayerLayout {
  constructor(root, signal) {
    this.root = root;
    this.left = root.querySelector(".hp-left");
    this.screen = root.querySelector(".hp-screen");
    this.handle = root.querySelector(".hp-handle");
    this.ratio = 1;
    this.sizes = this.kept(); // share of the width, and height in shares of the window's
    this.resizing = new ResizeObserver(() => this.arrange());
    this.resizing.observe(root);
    const on = (type, handler) => this.handle.addEventListener(type, handler, { signal });
    on("pointerdown", (event) => this.handle.setPointerCapture(event.pointerId));
    on("pointermove", (event) => {
      if (this.handle.hasPointerCapture(event.pointerId)) this.drag(event);
    });
    on("keydown", (event) => {
      const way = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
      if (way) this.resize(this.size + way * 0.04);
    });
    on("dblclick", () => this.resize(null));
    window.addEventListener("resize", () => this.arrange(), { signal });
    this.arrange();
  }

  kept() {
    try {
      return JSON.parse(localStorage.getItem(LAYOUT_KEPT)) ?? {};
    } catch {
      return {};
    }
  }

  arrange(ratio = this.ratio) {
    this.ratio = ratio;
    const width = this.root.clientWidth;
    const above = Math.min(width, SHARE * window.innerHeight * ratio);
    const least = LEAST_BESIDE[this.root.classList.contains("hp-window") ? "window" : "page"];
    const wide = width >= (ratio < 1 ? BESIDE_UPRIGHT_PX : BESIDE_PX);
    this.beside = wide && SHARE * width >= least * above;
    this.root.classList.toggle("hp-beside", this.beside);
    this.root.style.setProperty("--first-share", ratio < 1 ? UPRIGHT_SHARE : SHARE);
    this.handle.setAttribute("aria-orientation", this.beside ? "vertical" : "horizontal");
    for (const [name, value] of Object.entries(this.sizes)) {
      if (value) this.root.style.setProperty(`--${name}`, value);
      else this.root.style.removeProperty(`--${name}`);
    }
  }

  get size() {
    if (this.beside) return this.left.clientWidth / this.root.clientWidth;
    return this.screen.clientHeight / window.innerHeight;
  }

  drag(event) {
    if (this.beside) {
      const box = this.root.getBoundingClientRect();
      this.resize((event.clientX - box.left) / box.width);
    } else {
      const below = this.handle.getBoundingClientRect().top - this.screen.getBoundingClientRect().bottom;
      this.resize((event.clientY - below - this.screen.getBoundingClientRect().top) / window.innerHeight);
    }
  }

  // A share of the width or of the window's height; null: as at first.
  resize(size) {
    const name = this.beside ? "share" : "tall";
    this.sizes[name] = size && Math.min(Math.max(size, 0.2), this.beside ? 0.8 : 0.95);
    try {
      localStorage.setItem(LAYOUT_KEPT, JSON.stringify(this.sizes));
    } catch {
      // then it holds for this page
    }
    this.arrange();
  }

  // Above all else in the page, whatever it lies in; without popovers it fills what it may.
  fillWindow(on = !this.root.classList.contains("hp-window")) {
    this.root.classList.toggle("hp-window", on);
    if (!this.root.showPopover) return;
    if (on) {
      this.root.setAttribute("popover", "manual");
      this.root.showPopover();
    } else if (this.root.hasAttribute("popover")) {
      this.root.hidePopover();
      this.root.removeAttribute("popover");
    }
  }

  async fullScreen() {
    if (document.fullscreenElement) return document.exitFullscreen();
    try {
      await this.left.requestFullscreen();
    } catch {
      this.fillWindow(); // such as on an iPhone
    }
    return undefined;
  }

  close() {
    this.resizing.disconnect();
    this.fillWindow(false);
  }
}
