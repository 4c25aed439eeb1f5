// Correcting segments: what is selected, what a key or a button does. The lanes that are dragged are
// in edit_lanes.js, the buttons in edit_bar.js, the keys in edit_keys.js.
//
// The browser edits at once and sends all corrections to the page after each change; the page
// answers with the same number (`revision`), so that an older answer does not undo a newer edit.

const NEW_S = 1; // the length of a segment that is added by key

// Names for none of the actions.
const NOTHING = ["nothing", "other", "none of the actions"];

class Editor {
  // hooks: now(), seek(time), play(start, end), toggle(), changed() after anything is to be drawn
  // anew, send(value).
  constructor(root, signal, timeline, hooks) {
    this.hooks = hooks;
    this.on = false;
    this.corrections = new Corrections();
    this.data = null; // see dashboard.player.mount: correct
    this.revision = 0;
    this.selected = null; // {id, start, end}
    this.preview = null; // {id, said} while something is dragged
    this.lane = null; // id of the person whose lane was used last
    this.label = null; // the action that was given last
    this.bar = new EditBar(root, signal, this);
    this.lanes = new EditLanes(root, signal, this, timeline);
    this.keys = new EditKeys(this);
  }

  update(data) {
    const { correct, people } = data;
    const before = this.data;
    this.data = correct ?? null;
    this.frameS = data.frameS ?? 1 / 30;
    this.durationS = data.durationS;
    this.names = new Map(people.map((person) => [person.id, person.name ?? `Person ${person.id}`]));
    this.sent = people;
    if (!correct) {
      if (this.on) this.toggle();
      this.bar.draw();
      return;
    }
    const isOther = correct.of !== before?.of;
    if (isOther || correct.revision >= this.revision) {
      const said = correct.people.map(({ id, said: own }) => [id, own.map(([action, start, end]) => ({ action, start, end }))]);
      const answer = new Corrections(new Map(said.filter(([, own]) => own.length)));
      const own = this.corrections.plain.filter((person) => person.said.length);
      if (isOther || JSON.stringify(answer.plain) !== JSON.stringify(own)) this.corrections = answer;
      this.revision = correct.revision;
    }
    if (isOther) this.selected = null;
    if (!this.ids.includes(this.lane)) this.lane = this.ids[0] ?? null;
    if (this.selected && !this.find(this.selected)) this.selected = null;
    this.draw();
  }

  draw() {
    this.bar.draw();
    this.lanes.draw();
  }

  get ids() { return this.data?.people.map((person) => person.id) ?? []; }

  // What a person's lane shows now, as it is dragged.
  shown(id) {
    const person = this.data.people.find((each) => each.id === id);
    const said = this.preview?.id === id ? this.preview.said : this.corrections.of(id);
    return shownSegments(person?.model ?? [], said, this.data.restS);
  }

  // The same with titles and colours, in the form of `people`, for what draws them.
  people() {
    const answered = this.data?.revision === this.revision;
    if (!this.data || (!this.on && answered)) return this.sent;
    return this.sent.map((person) => ({
      ...person,
      segments: this.shown(person.id).filter((each) => each.action !== null).map((each) => ({
        ...person.segments.find((known) => known.action === each.action && isSame(known, each)) ?? each,
        ...this.look(each.action),
      })),
    }));
  }

  // Title and colours of an action; null: none of them.
  look(action) {
    const { labels, other } = this.data;
    if (action === null) return { title: "Nothing", color: "transparent", ink: "currentColor" };
    return labels.find((each) => each.action === action) ?? { ...other, title: action };
  }

  find({ id, start, end }) {
    return this.ids.includes(id) ? this.shown(id).find((each) => isSame(each, { start, end })) : undefined;
  }

  // The selected segment, or the one at the playhead, which is then selected.
  current() {
    const found = this.selected && this.find(this.selected);
    if (found) return { id: this.selected.id, segment: found };
    const now = this.hooks.now();
    for (const id of [this.lane, ...this.ids]) {
      const segment = id === null ? null : this.shown(id).find((s) => s.start <= now && now <= s.end);
      if (segment) {
        this.select(id, segment);
        return { id, segment };
      }
    }
    this.bar.tell("Nothing is selected, and nothing is at the playhead.");
    return null;
  }

  select(id, segment) {
    this.lane = id;
    this.selected = segment && { id, start: segment.start, end: segment.end };
    this.draw();
  }

  // Edits -----------------------------------------------------------------------------------------

  commit(id, said, selected) {
    this.preview = null;
    const changed = this.corrections.set(id, said);
    this.selected = selected && { id, ...selected };
    if (this.selected && !this.find(this.selected)) this.selected = null;
    this.lane = id;
    if (changed) this.send();
    this.hooks.changed();
    this.draw();
    return changed;
  }

  send() {
    this.revision += 1;
    this.hooks.send({ of: this.data.of, revision: this.revision, people: this.corrections.plain });
  }

  give(action) {
    const at = this.current();
    if (!at || action === undefined) return;
    if (action !== null) this.label = action;
    const { id, segment } = at;
    this.commit(id, labelled(this.corrections.of(id), segment, action), segment);
    this.bar.tell(`${this.look(action).title}, ${spanText(segment)}`);
  }

  // A name that was typed: of a known action in any spelling, or a new one.
  name(text) {
    const plain = text.trim().replace(/\s+/g, " ");
    const key = (name) => name.toLowerCase().replace(/[\s_]+/g, " ");
    const known = this.data.labels.find(({ action, title }) => [action, title].some((each) => key(each) === key(plain)));
    if (NOTHING.includes(key(plain))) {
      if (this.current()?.segment.action !== null) this.remove();
    } else if (plain) this.give(known ? known.action : plain);
  }

  remove() {
    const at = this.current();
    if (!at) return;
    const { id, segment } = at;
    const next = segment.action === null ? null : segment;
    this.commit(id, cleared(this.corrections.of(id), segment), next);
    this.bar.tell(next ? `Nothing of the actions, ${spanText(segment)}` : `As the model says, ${spanText(segment)}`);
  }

  cut() {
    const at = this.current();
    if (!at) return;
    const now = this.hooks.now();
    const said = split(this.corrections.of(at.id), at.segment, now);
    if (!this.commit(at.id, said, said === this.corrections.of(at.id) ? at.segment : { start: now, end: at.segment.end })) {
      this.bar.tell("To split a segment, put the playhead inside it.");
    } else this.bar.tell(`Split at ${clock(now)}`);
  }

  // A new segment at the playhead, up to the next one.
  add() {
    const id = this.selected?.id ?? this.lane;
    if (id === null) return;
    const start = this.hooks.now();
    const inside = this.shown(id).find((each) => each.start <= start && start < each.end);
    if (inside && inside.action !== null) {
      this.bar.tell("There is a segment at the playhead already: split it, or give it another name.");
      return;
    }
    const next = this.shown(id).find((each) => each.action !== null && each.start > start);
    const end = Math.min(start + NEW_S, next?.start ?? Infinity, this.durationS);
    this.put(id, start, end);
  }

  put(id, start, end) {
    const action = this.label ?? this.data.labels[0].action;
    if (end - start < LEAST_S) return;
    this.commit(id, say(this.corrections.of(id), { action, start, end }), { start, end });
    this.bar.tell(`New: ${this.look(action).title}, ${spanText({ start, end })}`);
  }

  // An edge of the selected segment to a moment.
  edge(which, time) {
    const at = this.current();
    if (!at) return;
    const span = this.moved(at.segment, which, time);
    this.commit(at.id, resized(this.corrections.of(at.id), at.segment, span.start, span.end), span);
    this.bar.tell(`${this.look(at.segment.action).title}, ${spanText(span)}`);
  }

  moved({ start, end }, which, time) {
    const at = Math.round(1000 * Math.min(Math.max(time, 0), this.durationS)) / 1000;
    return which === "start" ? { start: Math.min(at, end - LEAST_S), end } : { start, end: Math.max(at, start + LEAST_S) };
  }

  // The frame that an edge is about: its first one, or the last before it.
  frameOf(which, { start, end }) {
    return which === "start" ? start : Math.max(end - this.frameS, start);
  }

  step(back) {
    if (!(back ? this.corrections.undo() : this.corrections.redo())) return;
    this.preview = null;
    if (this.selected && !this.find(this.selected)) this.selected = null;
    this.send();
    this.hooks.changed();
    this.draw();
    this.bar.tell(back ? "Taken back" : "Done again");
  }

  // The next or previous segment of the lane, or of all while none is selected.
  go(forward) {
    const id = this.selected?.id ?? this.lane;
    if (id === null) return;
    const at = this.selected ? this.selected.start : this.hooks.now();
    const all = this.shown(id);
    const next = forward ? all.find((s) => s.start > at + SAME_S) : all.findLast((s) => s.start < at - SAME_S);
    if (next) this.reveal(id, next);
  }

  // The lane above or below; there the segment that is nearest in time.
  goLane(down) {
    const place = this.ids.indexOf(this.lane) + (down ? 1 : -1);
    const id = this.ids[place];
    if (id === undefined) return;
    const at = this.selected?.start ?? this.hooks.now();
    const far = (s) => Math.max(s.start - at, at - s.end, 0);
    const [nearest] = [...this.shown(id)].sort((a, b) => far(a) - far(b));
    if (nearest) this.reveal(id, nearest);
    else this.select(id, null);
  }

  reveal(id, segment) {
    this.hooks.seek(segment.start);
    this.select(id, segment);
    this.lanes.reveal(segment);
    this.lanes.focus();
  }

  toggle() {
    this.on = !this.on;
    this.preview = null;
    if (!this.on) this.selected = null;
    this.hooks.changed();
    this.draw();
  }

  playSelected() {
    const at = this.current();
    if (at) this.hooks.play(at.segment.start, at.segment.end);
  }

  leave() {
    if (this.selected) this.select(this.lane, null);
    else this.toggle();
  }

  close() {
    this.lanes.close();
  }
}

const spanText = ({ start, end }) => `${clock(start)} to ${clock(end)}`;
