// What a human says of people, on top of what the model says: pure functions, and what can be
// undone. Python says the same of the same: `harec.analysis.corrections`.
//
// A statement is {action, start, end}, action null where it is none of the actions. `said` are the
// statements of one person: in order of time, not overlapping, never changed in place.

const LEAST_S = 0.05; // the shortest segment that a human can make
const SAME_S = 1e-6;

// The parts of a segment that none of the spans covers.
function partsOutside(segment, spans, leastS) {
  const touching = spans.filter((s) => s.end > segment.start && s.start < segment.end)
    .sort((a, b) => a.start - b.start);
  if (!touching.length) return [segment];
  const parts = [];
  let { start } = segment;
  for (const span of [...touching, { start: segment.end, end: segment.end }]) {
    if (span.start - start >= Math.max(leastS, SAME_S)) parts.push({ ...segment, start, end: span.start });
    start = Math.max(start, span.end);
  }
  return parts;
}

const inOrder = (segments) => segments.sort((a, b) => a.start - b.start);

// What a lane shows: the model's segments cut around what a human says, and that; cleared
// stretches are segments without an action.
function shownSegments(model, said, restS) {
  const rests = model.flatMap((each) => partsOutside(each, said, restS));
  return inOrder([
    ...rests.map((each) => ({ ...each, by: "model" })),
    ...said.map((each) => ({ ...each, by: "human" })),
  ]);
}

// One more statement: it holds where it overlaps with earlier ones. Cleared neighbours are one.
function say(said, statement) {
  const added = { action: statement.action, start: statement.start, end: statement.end };
  if (added.end - added.start < SAME_S) return said;
  const kept = said.flatMap((each) => partsOutside(each, [added], each.action === null ? SAME_S : LEAST_S));
  const joined = [];
  for (const each of inOrder([...kept, added])) {
    const last = joined.at(-1);
    const both = last && last.action === null && each.action === null;
    if (both && each.start - last.end < SAME_S) joined[joined.length - 1] = { ...last, end: each.end };
    else joined.push(each);
  }
  return joined;
}

const isSame = (a, b) => Math.abs(a.start - b.start) < SAME_S && Math.abs(a.end - b.end) < SAME_S;

const without = (said, segment) => said.filter((each) => !isSame(each, segment));

// The edits of a shown segment. Each gives new statements.

const labelled = (said, segment, action) => say(without(said, segment), { ...segment, action });

// A cleared stretch is the model's again; of anything else nothing is left.
function cleared(said, segment) {
  return segment.action === null ? without(said, segment) : labelled(said, segment, null);
}

// What an edge leaves behind is none of the actions: the human has said where this one is.
function resized(said, segment, start, end) {
  let next = without(said, segment);
  if (segment.action !== null) {
    if (start > segment.start) next = say(next, { action: null, start: segment.start, end: Math.min(start, segment.end) });
    if (end < segment.end) next = say(next, { action: null, start: Math.max(end, segment.start), end: segment.end });
  }
  return say(next, { action: segment.action, start, end });
}

function split(said, segment, at) {
  if (at - segment.start < LEAST_S || segment.end - at < LEAST_S) return said;
  const { action } = segment;
  const first = say(without(said, segment), { action, start: segment.start, end: at });
  return say(first, { action, start: at, end: segment.end });
}

// The corrections of all people, and what can be undone of them.
class Corrections {
  constructor(people = new Map()) {
    this.people = people; // id -> statements; replaced, never changed
    this.past = [];
    this.future = [];
  }

  of(id) { return this.people.get(id) ?? []; }
  get canUndo() { return this.past.length > 0; }
  get canRedo() { return this.future.length > 0; }

  // Whether anything has changed.
  set(id, said) {
    if (JSON.stringify(said) === JSON.stringify(this.of(id))) return false;
    this.past.push(this.people);
    this.future = [];
    this.people = new Map(this.people).set(id, said);
    return true;
  }

  undo() { return this.step(this.past, this.future); }
  redo() { return this.step(this.future, this.past); }

  step(from, to) {
    if (!from.length) return false;
    to.push(this.people);
    this.people = from.pop();
    return true;
  }

  get plain() {
    return [...this.people].map(([id, said]) => ({ id, said: said.map((s) => [s.action, s.start, s.end]) }));
  }
}
