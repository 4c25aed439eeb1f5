// Keypoints over time, read a chunk at a time: see harec/render/track_file.py for the format. What
// is between two frames is found as in harec/core/interpolation.py.

const TRACK_MAGIC = "HRTRACK1";
const TRACK_TICKS = 10000; // a second
const TRACK_NUMBERS = 51; // of a body: x, y and score of 17 keypoints
const TRACK_KEPT = 6; // chunks in memory
const TRACK_SAME_S = 0.0006; // closer than this to a frame's time is that frame

class Track {
  // onChunk is called whenever there is more to draw.
  constructor(url, onChunk = () => {}) {
    this.url = url;
    this.onChunk = onChunk;
    this.chunks = new Map(); // by number: its people, or null while it comes
    this.stop = new AbortController();
    this.ready = this.open();
  }

  close() {
    this.stop.abort();
    this.chunks.clear();
  }

  async bytes(start, length) {
    const headers = { Range: `bytes=${start}-${start + length - 1}` };
    const answer = await fetch(this.url, { headers, signal: this.stop.signal });
    if (!answer.ok) throw new Error(`keypoints: ${answer.status}`);
    const buffer = await answer.arrayBuffer();
    return answer.status === 206 ? buffer : buffer.slice(start, start + length); // a proxy's whole file
  }

  async open() {
    let buffer = await this.bytes(0, 65536);
    const magic = new TextDecoder().decode(buffer.slice(0, 8));
    if (magic !== TRACK_MAGIC) throw new Error("keypoints: not such a file");
    const size = new DataView(buffer).getUint32(8, true);
    if (12 + size > buffer.byteLength) buffer = await this.bytes(0, 12 + size);
    this.head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 12, size)));
    this.onChunk();
  }

  // The people at a moment as [{id, xyc, extra}], or null while their chunk is still to come.
  at(time) {
    if (!this.head) return null;
    const number = Math.max(Math.floor(time / this.head.chunkS), 0);
    this.want(number);
    if (time > (number + 0.5) * this.head.chunkS) this.want(number + 1);
    if (number >= this.head.chunks.length) return [];
    const people = this.chunks.get(number);
    return people ? people.map((person) => this.personAt(person, time)).filter(Boolean) : null;
  }

  // What is drawn of earlier moments, as far as it is in memory.
  kept(time) {
    const people = this.head && this.chunks.get(Math.floor(time / this.head.chunkS));
    return people ? people.map((person) => this.personAt(person, time)).filter(Boolean) : [];
  }

  async want(number) {
    if (number >= this.head.chunks.length) return;
    if (this.chunks.has(number)) {
      const people = this.chunks.get(number);
      this.chunks.delete(number); // the newest is the last
      this.chunks.set(number, people);
      return;
    }
    this.chunks.set(number, null);
    while (this.chunks.size > TRACK_KEPT) this.chunks.delete(this.chunks.keys().next().value);
    try {
      const buffer = await this.bytes(...this.head.chunks[number]);
      if (!this.chunks.has(number)) return;
      this.chunks.set(number, this.decode(buffer));
      this.onChunk();
    } catch (problem) {
      this.chunks.delete(number);
      if (!this.stop.signal.aborted) setTimeout(this.onChunk, 2000); // asks again
    }
  }

  decode(buffer) {
    const view = new DataView(buffer);
    const extra = this.head.extraBytes;
    const people = [];
    let at = 4;
    for (let i = view.getUint32(0, true); i > 0; i -= 1) {
      const id = view.getUint32(at, true);
      const n = view.getUint32(at + 4, true);
      const places = at + 8 + 4 * n;
      const scores = places + 68 * n;
      people.push({
        id,
        times: Float64Array.from(new Uint32Array(buffer, at + 8, n), (ticks) => ticks / TRACK_TICKS),
        places: new Int16Array(buffer, places, 34 * n),
        scores: new Uint8Array(buffer, scores, 17 * n),
        extra: new Uint8Array(buffer, scores + 17 * n, extra * n),
      });
      at = scores + 4 * Math.ceil(((17 + extra) * n) / 4);
    }
    return people;
  }

  personAt(person, time) {
    const { times } = person;
    const after = lowerBound(times, time - TRACK_SAME_S);
    const before = after - 1;
    if (after < times.length && Math.abs(times[after] - time) <= TRACK_SAME_S) {
      return this.row(person, after);
    }
    if (before < 0) return null;
    const gap = after < times.length ? times[after] - times[before] : Infinity;
    if (gap <= this.head.maxGapS) {
      const part = (time - times[before]) / gap;
      const a = this.row(person, before);
      const b = this.row(person, after);
      const nearer = part < 0.5 ? a : b;
      return { ...nearer, xyc: blend(a.xyc, b.xyc, part) };
    }
    const hold = this.head.holdShare * this.usualStep(times, before);
    return time - times[before] <= hold ? this.row(person, before) : null;
  }

  usualStep(times, before) {
    const steps = [];
    for (let i = Math.max(before - this.head.usualSteps, 0); i < before; i += 1) {
      const step = times[i + 1] - times[i];
      if (step <= this.head.maxGapS) steps.push(step);
    }
    if (!steps.length) return 0;
    steps.sort((a, b) => a - b);
    const half = steps.length >> 1;
    return steps.length % 2 ? steps[half] : (steps[half - 1] + steps[half]) / 2;
  }

  row(person, index) {
    const xyc = new Float32Array(TRACK_NUMBERS);
    const { unitPx, extraBytes } = this.head;
    for (let i = 0; i < 17; i += 1) {
      xyc[3 * i] = person.places[34 * index + 2 * i] * unitPx;
      xyc[3 * i + 1] = person.places[34 * index + 2 * i + 1] * unitPx;
      xyc[3 * i + 2] = person.scores[17 * index + i] / 255;
    }
    const extra = person.extra.subarray(extraBytes * index, extraBytes * (index + 1));
    return { id: person.id, xyc, extra };
  }
}

// Index of the first number that is not smaller.
function lowerBound(numbers, wanted) {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle] < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

// A keypoint that one side misses is the nearer side's.
function blend(a, b, part) {
  const out = new Float32Array(TRACK_NUMBERS);
  for (let i = 2; i < TRACK_NUMBERS; i += 3) {
    const both = a[i] > 0 && b[i] > 0;
    const near = part < 0.5 ? a : b;
    for (let j = i - 2; j <= i; j += 1) {
      out[j] = both ? a[j] + (b[j] - a[j]) * part : near[i] > 0 ? near[j] : 0;
    }
  }
  return out;
}
