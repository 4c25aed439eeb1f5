// The video and its timeline. Seeking, the playhead, the keys and labels need no rerun of the page.

const players = new WeakMap();
const SPEEDS = [0.25, 0.5, 1, 1.5, 2, 4];
const KEYS = { " ": "toggle", ArrowRight: "forward", ArrowLeft: "back", ".": "forward", ",": "back",
  n: "next", b: "previous", f: "full", w: "window", m: "mute", ">": "faster", "<": "slower" };

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
    this.time = find("-time");
    this.now = find("-now");
    this.lost = find("-lost");
    this.scrub = find("-scrub");
    this.data = null;
    this.nowText = null;
    this.stop = new AbortController();
    const { signal } = this.stop;
    this.stage = new Stage(this.root, signal, () => this.follow());
    this.timeline = new Timeline(this.root, signal, (time, isStart) => {
      if (isStart) this.seekStart(time);
      else this.seek(time);
    });
    this.layout = new PlayerLayout(this.root, signal);
    this.editor = new Editor(this.root, signal, this.timeline, {
      now: () => this.moment(),
      seek: (time) => this.seekSoon(time),
      play: (start, end) => this.play(start, end),
      changed: () => this.tellPeople(),
      send: (value) => this.send(value),
    });
    this.listen();
  }

  listen() {
    const on = (target, type, handler, options = {}) =>
      target.addEventListener(type, handler, { signal: this.stop.signal, ...options });
    for (const type of ["timeupdate", "seeking", "seeked", "loadedmetadata", "play", "pause"]) {
      on(this.video, type, () => this.follow());
    }
    for (const type of ["timeupdate", "seeked"]) on(this.video, type, () => this.keepPlace());
    on(this.video, "seeked", () => this.seekNext());
    on(this.video, "loadedmetadata", () => { this.lost.hidden = true; });
    on(this.video, "error", () => this.tellLost());
    on(this.stage.screen, "click", () => this.act("toggle"));
    on(this.stage.screen, "dblclick", () => this.act("full"));
    on(this.scrub, "input", () => this.seek(Number(this.scrub.value)));
    for (const button of this.root.querySelectorAll("[data-do]")) {
      on(button, "click", () => this.act(button.dataset.do));
    }
    for (const button of this.root.querySelectorAll("[data-layer]")) {
      on(button, "click", () => {
        this.stage.toggle(button.dataset.layer);
        this.tellButtons();
      });
    }
    const floats = document.pictureInPictureEnabled && HTMLCanvasElement.prototype.captureStream;
    this.root.querySelector("[data-do=float]").hidden = !floats;
    on(document, "keydown", (event) => this.key(event), { capture: true });
  }

  update(data, setStateValue) {
    const before = this.data ?? {};
    this.data = data;
    this.send = (value) => setStateValue("corrections", value);
    const film = data.video;
    this.root.classList.toggle("hp-alone", !film);
    this.root.classList.toggle("hp-lonely", !data.figure);
    this.root.classList.toggle("hp-undrawn", !data.tracks);
    this.root.classList.toggle("hp-coached", Boolean(data.coached));
    this.starts = data.people.flatMap((p) => p.segments.map((s) => s.start)).sort((a, b) => a - b);
    let at = 0;
    if (film && film.url !== before.video?.url) {
      at = before.view === data.view ? this.stage.time : keptPlace(film.url);
      this.stage.load(film, at);
      this.layout.arrange(film.width / film.height);
    }
    this.stage.update(data);
    const followed = !before.video && at > 0; // by what was kept: the reload did not ask for it again
    const asked = data.seek && data.seek.request !== before.seek?.request;
    if (asked && !followed) this.seekStart(data.seek.at);
    this.timeline.draw(data);
    this.editor.update(data);
    this.tellPeople();
    this.tellButtons();
    this.follow();
  }

  // People as they are shown: while they are corrected, that is.
  tellPeople() {
    this.people = this.editor.people();
    this.stage.tell(this.people);
    this.follow();
  }

  keepPlace() {
    if (this.data?.video && this.video.readyState) keepPlace(this.data.video.url, this.stage.time);
  }

  // Either the file doesn't come, or the browser doesn't play what comes.
  async tellLost() {
    const url = this.data?.video?.url;
    if (!url) return;
    const comes = await fetch(addressOf(url), { headers: { Range: "bytes=0-0" } })
      .then((answer) => answer.ok, () => false);
    if (this.data?.video?.url !== url || !this.video.error) return; // another one meanwhile
    if (comes) {
      this.lost.textContent = "This browser can't play this video: try another one. The timeline and "
        + "the files to take home hold without it.";
    } else {
      const help = "It is gone when the server was restarted: then press Analyze again.";
      showProblem(this.lost, "The video", url, help, () => this.video.load());
    }
    this.lost.hidden = false;
  }

  seek(time) {
    this.wish = undefined; // an older one
    this.stage.seek(time);
    this.follow();
  }

  // To the first frame of a segment: its start mostly lies in a frame that began before it.
  seekStart(time) {
    this.seek(time > 0 ? time + Math.max(this.data.frameS - 2 * SEEK_S, 0) : 0);
  }

  // While the video still seeks, the newest wish waits: a dragged edge has many, as a held key.
  seekSoon(time) {
    if (!this.data.video) {
      this.place = time;
      this.follow();
      return;
    }
    this.video.pause();
    if (this.video.seeking) this.wish = time;
    else this.seek(time);
  }

  seekNext() {
    if (this.wish !== undefined) this.seek(this.wish);
  }

  // The moment of the playhead, which is there without a video, too.
  moment() {
    return Math.round(1000 * this.exactMoment()) / 1000;
  }

  // Frames are no whole milliseconds long: who steps by them must not round.
  exactMoment() {
    if (!this.data.video) return this.place ?? 0;
    return this.wish ?? Math.max(this.stage.time - SEEK_S, 0);
  }

  play(start, end) {
    if (!this.data.video) return;
    this.seek(start);
    this.until = end;
    this.video.play();
  }

  step(way) {
    const time = this.exactMoment() + way * this.data.frameS;
    this.seekSoon(Math.min(Math.max(time, 0), this.stage.duration));
  }

  act(what) {
    const now = this.moment();
    this.until = undefined;
    if (what === "forward" || what === "back") this.step(what === "forward" ? 1 : -1);
    else if (what === "next") {
      const next = this.starts.find((start) => start > now + 0.02);
      if (next !== undefined) this.seekStart(next);
    } else if (what === "previous") {
      // Shortly after a start, "previous" means the one before it.
      this.seekStart(this.starts.findLast((start) => start < now - 0.5) ?? 0);
    } else if (what === "toggle") {
      if (this.video.paused) this.video.play();
      else this.video.pause();
    } else if (what === "mute") {
      this.video.muted = !this.video.muted;
    } else if (what === "speed" || what === "faster" || what === "slower") {
      const place = SPEEDS.indexOf(this.video.playbackRate) + (what === "slower" ? -1 : 1);
      const round = what === "speed" ? (place + SPEEDS.length) % SPEEDS.length : place;
      this.video.playbackRate = SPEEDS[Math.min(Math.max(round, 0), SPEEDS.length - 1)];
    } else if (what === "float") {
      this.stage.floating().catch(() => {}); // the browser does not want to
    } else if (what === "window") {
      this.layout.fillWindow();
    } else if (what === "full") {
      this.layout.fullScreen();
    }
    this.tellButtons();
  }

  key(event) {
    if (!this.data) return;
    const target = event.target;
    const ours = this.root.contains(target);
    // Elsewhere on the page keys belong to what has the focus: a slider, a field, a table.
    if (!ours && target !== document.body) return;
    if (target.matches("input:not([type=range])")) return;
    if (this.editor.keys.press(event)) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (!this.data.video && !this.editor.on) return;
    const presses = target.tagName === "BUTTON" && !target.matches(".hp-seg");
    if (ours && presses && [" ", "Enter"].includes(event.key)) return;
    if (target === this.layout.handle && event.key.startsWith("Arrow")) return;
    if (event.key === "Escape") this.layout.fillWindow(false);
    const what = KEYS[event.key];
    if (!what) return;
    event.preventDefault();
    event.stopPropagation();
    this.act(what);
  }

  // Playhead, clock and the line of what each person does now.
  follow() {
    if (!this.data?.video) {
      this.timeline.show(this.data && this.editor?.on ? this.moment() : null);
      return;
    }
    const time = Math.max(this.stage.time, 0);
    if (this.until <= time) {
      this.until = undefined;
      this.video.pause();
    }
    const end = this.stage.duration;
    this.time.textContent = `${clock(time)} / ${clock(end)}`;
    this.scrub.max = end;
    this.scrub.value = time;
    this.scrub.style.setProperty("--done", time / end);
    this.root.classList.toggle("hp-playing", !this.video.paused);
    this.tellNow(this.stage.shown); // as on the labels in the video
    this.timeline.show(time);
  }

  tellButtons() {
    for (const button of this.root.querySelectorAll("[data-layer]")) {
      button.setAttribute("aria-pressed", this.stage.layers.has(button.dataset.layer));
    }
    this.root.classList.toggle("hp-muted", this.video.muted);
    this.root.querySelector("[data-do=speed]").textContent = `${this.video.playbackRate}×`;
  }

  tellNow(time) {
    const doing = (this.people ?? this.data.people).slice(0, 6).map((person) => ({
      name: person.name ?? `Person ${person.id}`,
      segment: segmentAt(person.segments, time),
    }));
    const text = JSON.stringify(doing.map(({ name, segment }) => [name, segment?.title, segment?.color]));
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
    this.editor.close();
    this.layout.close();
    this.stage.close();
    this.timeline.close();
  }
}

export default function ({ data, parentElement, setStateValue }) {
  let player = players.get(parentElement);
  if (!player) {
    player = new Player(parentElement);
    players.set(parentElement, player);
  }
  player.update(data, setStateValue);
  return () => {
    players.get(parentElement)?.destroy();
    players.delete(parentElement);
  };
}
