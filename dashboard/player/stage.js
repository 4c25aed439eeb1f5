// The video with what is drawn over it. Its times are those of the analysis: 0 at the first frame,
// wherever the browser's own clock has it.

const LAYERS = ["skeletons", "labels", "angles", "boxes", "trails"];
const LAYERS_KEPT = "harec layers";
const TRAIL_S = 1.5;
const TRAIL_STEP_S = 0.1;
const HIPS = [11, 12];
const SEEK_S = 0.001; // past a frame's start: exactly on it, browsers may show the frame before

function keptLayers() {
  try {
    const kept = JSON.parse(localStorage.getItem(LAYERS_KEPT));
    if (Array.isArray(kept)) return new Set(kept);
  } catch {
    // the browser keeps nothing
  }
  return new Set(["skeletons", "labels", "angles"]);
}

// The segment at a moment: browsers tell a frame's time in whole microseconds, so that it may seem to
// be before the start that it is.
function segmentAt(segments, time) {
  return segments.findLast((each) => each.start <= time + SEEK_S && time <= each.end);
}

// What a person does at a moment, with the numbers on the label; people: see dashboard.player.
// Where one segment ends as another begins, it is the latter, as in Python.
function labelAt(people, id, time) {
  const segment = segmentAt(people.find((person) => person.id === id)?.segments ?? [], time);
  if (!segment?.action) return {};
  const every = DRAWING.label.number_every_s;
  const step = Math.max(Math.floor(time / every) - Math.floor(segment.start / every), 0);
  const { action, title, color, percents, moments } = segment;
  const repetitions = moments?.filter((moment) => moment <= time).length;
  return { action, title, color, percent: percents?.[step], repetitions };
}

class Stage {
  // onTime is called whenever another frame is shown.
  constructor(root, signal, onTime) {
    this.screen = root.querySelector(".hp-screen");
    this.video = root.querySelector(".hp-video");
    this.canvas = root.querySelector(".hp-canvas");
    this.ctx = this.canvas.getContext("2d");
    this.signal = signal;
    this.onTime = onTime;
    this.layers = keptLayers();
    this.shown = 0; // time of the frame on the screen
    this.film = null;
    this.tracks = null;
    this.data = { people: [], keypointThreshold: 0 };
    this.drawn = 0; // for tests: how often
    this.resizing = new ResizeObserver(() => this.draw());
    this.resizing.observe(this.screen);
    loadFonts(LABEL_FONT).then(() => this.draw());
    this.watch();
  }

  watch() {
    const on = (type, handler) => this.video.addEventListener(type, handler, { signal: this.signal });
    // Also where each frame reports itself: the one that a jump ends at may not, on a busy machine.
    for (const type of ["seeked", "loadeddata"]) on(type, () => this.show(this.reportedNow() ?? this.time));
    if (this.video.requestVideoFrameCallback) {
      const presented = (_, { mediaTime }) => {
        if (this.signal.aborted) return;
        this.reported = mediaTime - this.start;
        this.show(this.reported);
        this.video.requestVideoFrameCallback(presented);
      };
      this.video.requestVideoFrameCallback(presented);
    } else {
      on("timeupdate", () => this.show(this.time));
      on("play", () => {
        const tick = () => {
          this.show(this.time);
          if (!this.video.paused && !this.signal.aborted) requestAnimationFrame(tick);
        };
        tick();
      });
    }
  }

  // Where the frame that is shown now begins, if the last one that reported itself is that.
  reportedNow() {
    const since = this.time - this.reported;
    return since > -SEEK_S && since < (this.data.frameS ?? 0) ? this.reported : undefined;
  }

  get start() { return this.film?.startS ?? 0; }
  get time() { return this.video.currentTime - this.start; }

  // The browser knows better where the sound is longer; otherwise it says a few hundredths else.
  get duration() {
    const said = this.video.duration ? this.video.duration - this.start : this.data.durationS;
    return Math.abs(said - this.data.durationS) < 0.1 ? this.data.durationS : said;
  }

  seek(time) {
    const end = this.video.duration || this.data.durationS + this.start;
    this.video.currentTime = Math.min(Math.max(time, 0) + this.start + SEEK_S, Math.max(end - SEEK_S, 0));
  }

  update(data) {
    this.data = data;
    if (data.coached) loadFonts(DEJAVU, DEJAVU_BOLD).then(() => this.draw());
    if (data.tracks !== this.tracksUrl) {
      this.tracksUrl = data.tracks;
      const before = this.tracks;
      const url = data.tracks && addressOf(data.tracks);
      this.tracks = url ? new Track(url, () => this.draw()) : null;
      before?.close();
      this.tracks?.ready.catch(() => {}); // then nothing is drawn over the video
    }
    this.tellChapters();
    this.draw();
  }

  // People do other things than was said.
  tell(people) {
    this.data = { ...this.data, people };
    this.draw();
  }

  // The segments as the video's chapters, for what reads these: nothing here shows them.
  tellChapters() {
    if (!this.film) return;
    this.chapters ??= this.video.addTextTrack("chapters", "Actions");
    this.chapters.mode = "hidden";
    for (const cue of [...this.chapters.cues]) this.chapters.removeCue(cue);
    for (const { id, name, segments } of this.data.people) {
      for (const { start, end, title } of segments) {
        const text = `${name ?? `Person ${id}`}: ${title}`;
        this.chapters.addCue(new VTTCue(start + this.start, end + this.start, text));
      }
    }
  }

  load(film, at) {
    this.film = film;
    this.tellChapters();
    const { turnDeg, mirrored, width, height } = film;
    this.screen.style.setProperty("--ratio", width / height);
    this.video.classList.toggle("hp-sideways", turnDeg % 180 !== 0);
    this.video.style.setProperty("--turn", `${turnDeg}deg`);
    this.video.style.setProperty("--flip", mirrored ? -1 : 1);
    this.video.src = addressOf(film.url);
    this.shown = at;
    if (at) this.video.currentTime = at + this.start;
  }

  show(time) {
    const last = this.data.durationS - this.data.frameS; // frame, that stays until the end
    this.shown = Math.max(last > 0 ? Math.min(time, last) : time, 0);
    this.draw();
    this.onTime();
  }

  toggle(layer) {
    if (!this.layers.delete(layer)) this.layers.add(layer);
    try {
      localStorage.setItem(LAYERS_KEPT, JSON.stringify([...this.layers]));
    } catch {
      // then it holds for this page
    }
    this.draw();
  }

  // The size of the screen in CSS pixels is the frame in which sizes of lines and letters are chosen.
  draw() {
    const { clientWidth: width, clientHeight: height } = this.screen;
    if (!this.film || !width || !height) return;
    const ratio = window.devicePixelRatio || 1;
    const [pixelsX, pixelsY] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.canvas.width !== pixelsX || this.canvas.height !== pixelsY) {
      [this.canvas.width, this.canvas.height] = [pixelsX, pixelsY];
    }
    this.paint(this.ctx, [width, height], [pixelsX, pixelsY]);
    this.pip?.paint();
    this.drawn += 1;
  }

  paint(ctx, frame, pixels) {
    ctx.setTransform(pixels[0] / frame[0], 0, 0, pixels[1] / frame[1], 0, 0);
    ctx.clearRect(0, 0, ...frame);
    const found = this.tracks?.at(this.shown);
    if (!found) return;
    const scale = [frame[0] / this.film.width, frame[1] / this.film.height];
    const { keypointThreshold: threshold, people } = this.data;
    if (this.layers.has("trails")) this.paintTrails(ctx, frame, scale, threshold);
    const bodies = found.map((person) => ({
      ...labelAt(people, person.id, this.shown), ...person, xyc: scaled(person.xyc, scale),
    }));
    this.paintBodies(ctx, bodies, frame, threshold);
  }

  paintBodies(ctx, bodies, frame, threshold) {
    const layers = Object.fromEntries(LAYERS.map((layer) => [layer, this.layers.has(layer)]));
    if (!this.data.coached) {
      drawPeople(ctx, bodies, frame, threshold, layers);
      return;
    }
    const hold = segmentAt(this.data.people[0]?.segments ?? [], this.shown);
    for (const body of bodies) drawCoaching(ctx, body, hold, this.shown, frame, threshold, layers);
  }

  paintTrails(ctx, frame, scale, threshold) {
    const steps = Math.round(TRAIL_S / TRAIL_STEP_S);
    const trails = new Map(); // by person
    for (let step = 0; step <= steps; step += 1) {
      const time = this.shown - (steps - step) * TRAIL_STEP_S;
      for (const { id, xyc } of time < 0 ? [] : this.tracks.kept(time)) {
        const points = seenPoints(scaled(xyc, scale), threshold);
        const hips = HIPS.map((i) => points[i]).filter(Boolean);
        if (!trails.has(id)) trails.set(id, Array(steps + 1).fill(null));
        if (hips.length) trails.get(id)[step] = [mean(hips.map((p) => p[0])), mean(hips.map((p) => p[1]))];
      }
    }
    const width = Math.max(Math.min(...frame) / 120, 2);
    for (const [id, places] of trails) {
      drawTrail(ctx, places, DRAWING.people[(id - 1) % DRAWING.people.length], width);
    }
  }

  // A small window over all others. It shows a video alone, so what is drawn becomes a part of one.
  async floating() {
    if (document.pictureInPictureElement) return document.exitPictureInPicture();
    this.pip = this.pip ?? new FloatingPicture(this);
    return this.pip.open();
  }

  close() {
    this.resizing.disconnect();
    this.tracks?.close();
    this.pip?.close();
    this.video.removeAttribute("src"); // stops the download
    this.video.load();
  }
}

function scaled(xyc, [x, y]) {
  return xyc.map((value, i) => (i % 3 === 0 ? value * x : i % 3 === 1 ? value * y : value));
}

// Video and drawing in one picture, for picture-in-picture.
class FloatingPicture {
  constructor(stage) {
    this.stage = stage;
    const { width, height } = stage.film;
    const scale = Math.min(1, 960 / Math.max(width, height));
    this.size = [Math.round(width * scale), Math.round(height * scale)];
    const canvasOf = () => Object.assign(document.createElement("canvas"), { width: this.size[0], height: this.size[1] });
    this.mix = canvasOf();
    this.over = canvasOf();
    this.video = Object.assign(document.createElement("video"), { muted: true, playsInline: true });
    this.video.srcObject = this.mix.captureStream();
    for (const type of ["play", "pause"]) { // by the small window's own buttons
      this.video.addEventListener(type, () => this.open_ && stage.video[type]());
    }
    this.video.addEventListener("leavepictureinpicture", () => { this.open_ = false; });
  }

  async open() {
    this.open_ = true;
    this.paint();
    await this.video.play();
    await this.video.requestPictureInPicture();
  }

  paint() {
    if (!this.open_) return;
    const { stage, size } = this;
    const { turnDeg, mirrored } = stage.film;
    const ctx = this.mix.getContext("2d");
    const [w, h] = turnDeg % 180 ? [size[1], size[0]] : size;
    ctx.setTransform(mirrored ? -1 : 1, 0, 0, 1, size[0] / 2, size[1] / 2);
    ctx.rotate((turnDeg * Math.PI) / 180);
    ctx.drawImage(stage.video, -w / 2, -h / 2, w, h);
    ctx.resetTransform();
    stage.paint(this.over.getContext("2d"), size, size);
    ctx.drawImage(this.over, 0, 0);
  }

  close() {
    this.open_ = false;
    if (document.pictureInPictureElement === this.video) document.exitPictureInPicture();
    this.video.srcObject = null;
  }
}
