// The video and its timeline. Seeking, the playhead and the keys need no rerun of the page.

const players = new WeakMap();

// Where the video stood is kept in this tab, for a reload. The browser may keep nothing.
const PLACE = `harec ${new URL(".", document.baseURI).pathname} place`;

function keepPlace(video, at) {
  try {
    sessionStorage.setItem(PLACE, JSON.stringify({ video, at }));
  } catch {
    // then a reload begins anew
  }
}

function keptPlace(video) {
  try {
    const kept = JSON.parse(sessionStorage.getItem(PLACE));
    return kept?.video === video ? Number(kept.at) || 0 : 0;
  } catch {
    return 0;
  }
}

function clock(seconds) {
  const minutes = Math.floor(seconds / 60);
  const rest = (seconds - 60 * minutes).toFixed(2);
  return `${minutes}:${rest.padStart(5, "0")}`;
}

class Player {
  constructor(root) {
    const find = (name) => root.querySelector(`.hp${name}`);
    this.root = find("");
    this.video = find("-video");
    this.plot = find("-plot");
    this.head = find("-head");
    this.time = find("-time");
    this.now = find("-now");
    this.empty = find("-empty");
    this.lost = find("-lost");
    this.legend = find("-legend");
    this.chart = find("-chart");
    this.data = null;
    this.nowText = null;
    this.stop = new AbortController();
    this.listen();
  }

  listen() {
    const on = (target, type, handler, options = {}) =>
      target.addEventListener(type, handler, { signal: this.stop.signal, ...options });
    for (const type of ["timeupdate", "seeking", "seeked", "loadedmetadata", "pause"]) {
      on(this.video, type, () => this.follow());
    }
    for (const type of ["timeupdate", "seeked"]) on(this.video, type, () => this.keepPlace());
    on(this.video, "play", () => this.run());
    on(this.video, "loadedmetadata", () => { this.lost.hidden = true; });
    on(this.video, "error", () => this.tellLost());
    for (const button of this.root.querySelectorAll("[data-do]")) {
      on(button, "click", () => this.act(button.dataset.do));
    }
    on(document, "keydown", (event) => this.key(event), { capture: true });
    let pressed = null;
    on(this.plot, "pointerdown", (event) => {
      pressed = event.button === 0 ? { x: event.clientX, y: event.clientY } : null;
    }, { capture: true });
    // On the window: while the button is down, plotly lays a sheet over the page.
    on(window, "pointerup", (event) => {
      if (pressed && Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) < 5) {
        this.click(event.clientX, event.clientY);
      }
      pressed = null;
    }, { capture: true });
    this.resizing = new ResizeObserver(() => {
      const visible = this.chart.offsetWidth > 0; // plotly can't measure what is not shown
      if (this.drawn && visible) window.Plotly.Plots.resize(this.plot);
    });
    this.resizing.observe(this.chart);
  }

  update(data) {
    const before = this.data ?? {};
    this.data = data;
    this.root.classList.toggle("hp-alone", !data.video);
    this.starts = data.people.flatMap((p) => p.segments.map((s) => s.start)).sort((a, b) => a - b);
    let at = 0;
    if (data.video && data.video !== before.video) {
      at = before.view === data.view ? this.video.currentTime : keptPlace(data.video);
      this.load(data.video, at);
    }
    const followed = !before.video && at > 0; // by what was kept: the reload did not ask for it again
    if (data.seek != null && data.seek !== before.seek && !followed) this.seek(data.seek);
    this.root.classList.toggle("hp-lonely", !data.figure);
    this.tellColors();
    if (data.figure && data.figure !== before.figure) this.draw();
    this.follow();
  }

  load(url, at) {
    this.video.src = addressOf(url);
    if (at) this.video.currentTime = at;
  }

  keepPlace() {
    if (this.data?.video && this.video.readyState) keepPlace(this.data.video, this.video.currentTime);
  }

  tellLost() {
    if (!this.data?.video) return;
    const help = "It is gone when the server was restarted: then press Analyze again.";
    showProblem(this.lost, "The video", this.data.video, help, () => this.video.load());
    this.lost.hidden = false;
  }

  async draw(again = false) {
    const { figure, view, plotly } = this.data;
    let Plotly;
    try {
      Plotly = await loadPlotly(plotly, again);
    } catch {
      const help = "Video, tables and downloads don't need it.";
      showProblem(this.empty, "The timeline", plotly, help, () => this.draw(true));
      this.chart.hidden = true;
      this.empty.hidden = false;
      return;
    }
    this.chart.hidden = false;
    this.empty.hidden = true;
    if (this.stop.signal.aborted || figure !== this.data.figure) return; // a newer one is coming
    const { data, layout } = JSON.parse(figure);
    const coarse = window.matchMedia("(pointer: coarse)").matches;
    Object.assign(layout, {
      uirevision: view,
      dragmode: coarse || !this.data.video ? false : layout.dragmode,
    });
    await Plotly.react(this.plot, data, layout, { displayModeBar: false, doubleClick: "reset" });
    if (!this.drawn) {
      this.drawn = true;
      this.plot.on("plotly_afterplot", () => this.follow());
    }
    this.follow();
  }

  // What is under a point of the page: its time and, over a lane's segment, that segment.
  at(clientX, clientY) {
    const full = this.plot._fullLayout;
    const box = this.plot.getBoundingClientRect();
    const x = clientX - box.left - full.xaxis._offset;
    const y = clientY - box.top;
    const bottom = full.height - full.margin.b;
    if (x < 0 || x > full.xaxis._length || y < full.yaxis._offset || y > bottom) return null;
    const time = full.xaxis.p2l(x);
    const lane = Math.round(full.yaxis.p2l(y - full.yaxis._offset));
    const inLanes = y - full.yaxis._offset <= full.yaxis._length;
    const person = inLanes ? this.data.people[lane] : null;
    return { time, segment: person?.segments.find((s) => s.start <= time && time <= s.end) };
  }

  click(clientX, clientY) {
    if (!this.drawn || !this.data.video) return;
    const hit = this.at(clientX, clientY);
    if (hit) this.seek(hit.segment ? hit.segment.start : hit.time);
  }

  seek(time) {
    const end = this.video.duration || this.data.durationS;
    // A millisecond past the boundary: exactly on it, browsers may show the frame before.
    this.video.currentTime = Math.min(Math.max(time, 0) + 0.001, Math.max(end - 0.001, 0));
    this.follow();
  }

  act(what) {
    const now = this.video.currentTime;
    if (what === "forward" || what === "back") {
      this.video.pause();
      this.seek(now + (what === "forward" ? 1 : -1) * this.data.frameS);
    } else if (what === "next") {
      this.seek(this.starts.find((start) => start > now + 0.02) ?? now);
    } else if (what === "previous") {
      // Shortly after a start, "previous" means the one before it.
      this.seek(this.starts.findLast((start) => start < now - 0.5) ?? 0);
    } else if (this.video.paused) {
      this.video.play();
    } else {
      this.video.pause();
    }
  }

  key(event) {
    if (!this.data?.video || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target;
    const ours = this.root.contains(target);
    // Elsewhere on the page keys belong to what has the focus: a slider, a field, a table.
    if (!ours && target !== document.body) return;
    if (ours && target.tagName === "BUTTON" && event.key === " ") return;
    const actions = { " ": "toggle", ArrowRight: "forward", ArrowLeft: "back", n: "next", b: "previous" };
    const what = actions[event.key];
    if (!what) return;
    event.preventDefault();
    event.stopPropagation();
    this.act(what);
  }

  run() {
    const tick = () => {
      this.follow();
      if (!this.video.paused && !this.video.ended && !this.stop.signal.aborted) {
        requestAnimationFrame(tick);
      }
    };
    tick();
  }

  // Playhead, clock and the line of what each person does now.
  follow() {
    if (!this.data?.video) {
      this.head.hidden = true;
      return;
    }
    const time = this.video.currentTime;
    this.time.textContent = `${clock(time)} / ${clock(this.video.duration || this.data.durationS)}`;
    this.tellNow(time);
    const full = this.drawn ? this.plot._fullLayout : null;
    if (!full?.xaxis) return;
    const x = full.xaxis.l2p(time);
    this.head.hidden = x < -0.5 || x > full.xaxis._length + 0.5;
    this.head.style.transform = `translateX(${full.xaxis._offset + x}px)`;
    this.head.style.top = `${full.margin.t}px`;
    this.head.style.height = `${full.height - full.margin.t - full.margin.b}px`;
  }

  tellColors() {
    const colors = new Map(this.data.people.flatMap((p) => p.segments.map((s) => [s.kind ?? s.title, s.color])));
    this.legend.replaceChildren(...[...colors].sort().map(([title, color]) => {
      const entry = document.createElement("span");
      entry.style.setProperty("--dot", color);
      entry.textContent = title;
      return entry;
    }));
  }

  tellNow(time) {
    const doing = this.data.people.slice(0, 6).map((person) => ({
      name: person.name ?? `Person ${person.id}`,
      segment: person.segments.find((s) => s.start <= time && time <= s.end),
    }));
    const text = JSON.stringify(doing);
    if (text === this.nowText) return;
    this.nowText = text;
    this.now.replaceChildren(...doing.map(({ name, segment }) => {
      const chip = document.createElement("span");
      chip.className = segment ? "hp-chip hp-acts" : "hp-chip";
      if (segment) chip.style.setProperty("--dot", segment.color);
      chip.textContent = `${name}: ${segment ? segment.title : "–"}`;
      return chip;
    }));
  }

  destroy() {
    this.stop.abort();
    this.resizing.disconnect();
    this.video.removeAttribute("src"); // stops the download
    this.video.load();
    if (this.drawn) window.Plotly.purge(this.plot);
  }
}

export default function ({ data, parentElement }) {
  let player = players.get(parentElement);
  if (!player) {
    player = new Player(parentElement);
    players.set(parentElement, player);
  }
  player.update(data);
  return () => {
    players.get(parentElement)?.destroy();
    players.delete(parentElement);
  };
}
