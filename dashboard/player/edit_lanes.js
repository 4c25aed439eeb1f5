// The lanes that can be corrected: plain elements over plotly's lanes, in the plot's coordinates.
//
// plotly's own editable shapes would not do: they have no handles that a finger can hit, no focus and
// no names for who uses the keyboard or a screen reader, can be dragged off their lane, and are lost
// when the figure is drawn anew, as it is after each answer of the page. Buttons over the plot have
// all of that, and the plot may be drawn anew below them at any time.

const SNAP_PX = 7;
const DRAG_PX = 4;

class EditLanes {
  constructor(root, signal, editor, timeline) {
    this.root = root;
    this.box = root.querySelector(".hp-edit");
    this.editor = editor;
    this.timeline = timeline;
    this.lanes = new Map(); // id -> {element, buttons}
    this.drag = null;
    this.edges = ["start", "end"].map((which) => this.makeEdge(which));
    const on = (type, handler) => this.box.addEventListener(type, handler, { signal });
    on("pointerdown", (event) => this.press(event));
    on("pointermove", (event) => this.move(event));
    on("pointerup", (event) => this.release(event));
    on("pointercancel", () => this.cancel());
    on("focusin", (event) => this.focused(event.target));
    timeline.onPlot = () => editor.draw();
  }

  makeEdge(which) {
    const edge = document.createElement("div");
    edge.className = `hp-edge hp-${which}`;
    edge.dataset.which = which;
    edge.tabIndex = 0;
    edge.setAttribute("role", "slider");
    edge.setAttribute("aria-label", which === "start" ? "Start of the segment" : "End of the segment");
    return edge;
  }

  get possible() { return this.timeline.ready; }

  draw() {
    const { editor } = this;
    const show = editor.on && this.possible && Boolean(editor.data);
    this.root.classList.toggle("hp-editing", show);
    this.box.hidden = !show;
    if (!show) return;
    const area = this.timeline.area;
    Object.assign(this.box.style, { left: `${area.left}px`, width: `${area.width}px`, top: `${area.top}px`, height: `${area.height}px` });
    const held = this.box.contains(document.activeElement);
    for (const [id, { element }] of this.lanes) {
      if (editor.ids.includes(id)) continue;
      element.remove();
      this.lanes.delete(id);
    }
    for (const id of editor.ids) this.drawLane(id);
    this.drawEdges();
    if (held && !this.edges.includes(document.activeElement)) this.focus();
  }

  drawLane(id) {
    const { editor, timeline } = this;
    const lane = this.lanes.get(id) ?? this.makeLane(id);
    const { top, height } = timeline.laneOf(id);
    Object.assign(lane.element.style, { top: `${top}px`, height: `${height}px` });
    const person = editor.data.people.find((each) => each.id === id);
    this.place(lane.seen, { start: person.first, end: person.last });
    const [low, high] = timeline.range;
    const shown = editor.shown(id).filter((each) => each.end > low && each.start < high);
    while (lane.buttons.length > shown.length) lane.buttons.pop().remove();
    shown.forEach((segment, place) => {
      const button = lane.buttons[place] ?? this.makeButton(lane);
      this.drawSegment(button, id, segment);
      button.tabIndex = place === 0 ? 0 : -1;
    });
    const chosen = lane.buttons.find((button) => button.classList.contains("hp-chosen"));
    if (chosen) lane.buttons.forEach((button) => { button.tabIndex = button === chosen ? 0 : -1; });
    lane.element.tabIndex = shown.length ? -1 : 0;
  }

  makeLane(id) {
    const element = document.createElement("div");
    element.className = "hp-lane";
    element.dataset.id = id;
    element.setAttribute("role", "group");
    element.setAttribute("aria-label", this.editor.names.get(id));
    const seen = document.createElement("div");
    seen.className = "hp-seen";
    element.append(seen);
    this.box.append(element);
    const lane = { element, seen, buttons: [] };
    this.lanes.set(id, lane);
    return lane;
  }

  makeButton(lane) {
    const button = document.createElement("button");
    button.type = "button";
    const words = document.createElement("span");
    button.append(words);
    lane.element.append(button);
    lane.buttons.push(button);
    return button;
  }

  drawSegment(button, id, segment) {
    const { editor } = this;
    const { title, color, ink } = editor.look(segment.action);
    const chosen = Boolean(editor.selected) && editor.selected.id === id && isSame(editor.selected, segment);
    button.className = `hp-seg hp-by-${segment.by}`;
    button.classList.toggle("hp-nothing", segment.action === null);
    button.classList.toggle("hp-chosen", chosen);
    button.style.setProperty("--dot", color);
    button.style.setProperty("--ink", ink);
    const tick = segment.by === "human" && segment.action !== null ? "✓ " : "";
    button.firstChild.textContent = tick + title.split(",")[0];
    button.setAttribute("aria-pressed", chosen);
    const by = segment.by === "human" ? "by you" : "by the model";
    button.setAttribute("aria-label", `${title}, ${spanText(segment)}, ${by}`);
    button.segment = segment;
    this.place(button, segment);
  }

  place(element, { start, end }) {
    const [low, high] = this.timeline.range;
    const perS = this.timeline.area.width / (high - low);
    const from = Math.max(start, low - (high - low)); // far outside there is nothing to see
    const to = Math.min(end, high + (high - low));
    element.style.left = `${(from - low) * perS}px`;
    element.style.width = `${Math.max((to - from) * perS, 3)}px`;
  }

  drawEdges() {
    const { selected } = this.editor;
    const lane = selected && this.lanes.get(selected.id);
    for (const edge of this.edges) {
      if (!lane) {
        edge.remove();
        continue;
      }
      if (edge.parentNode !== lane.element) lane.element.append(edge);
      const at = selected[edge.dataset.which];
      const [low, high] = this.timeline.range;
      edge.hidden = at < low - SAME_S || at > high + SAME_S;
      edge.style.left = `${((at - low) / (high - low)) * this.timeline.area.width}px`;
      edge.setAttribute("aria-valuemin", 0);
      edge.setAttribute("aria-valuemax", this.editor.durationS);
      edge.setAttribute("aria-valuenow", at.toFixed(3));
      edge.setAttribute("aria-valuetext", clock(at));
    }
  }

  // The keyboard to the selected segment, or its lane.
  focus() {
    const chosen = this.box.querySelector(".hp-chosen") ?? this.lanes.get(this.editor.lane)?.element;
    chosen?.focus({ preventScroll: true });
  }

  focused(target) {
    const { editor } = this;
    const id = Number(target.closest(".hp-lane")?.dataset.id);
    const { segment } = target;
    if (!segment || this.drag) return;
    if (editor.selected?.id !== id || !isSame(editor.selected, segment)) editor.select(id, segment);
  }

  reveal({ start, end }) {
    const [low, high] = this.timeline.range;
    if (start >= low && end <= high) return;
    const half = Math.max(high - low, end - start) / 2;
    this.timeline.zoom(start + half / 2, half);
  }

  zoom(factor) {
    const [low, high] = this.timeline.range;
    const now = Math.min(Math.max(this.editor.hooks.now(), low), high);
    this.timeline.zoom(now, ((high - low) * factor) / 2);
  }

  // Pointers --------------------------------------------------------------------------------------

  press(event) {
    const element = event.target.closest(".hp-lane");
    if (event.button !== 0 || !element || this.drag) return;
    const id = Number(element.dataset.id);
    const { editor } = this;
    const edge = event.target.closest(".hp-edge");
    const button = event.target.closest(".hp-seg");
    const segment = edge ? editor.find(editor.selected) : button?.segment;
    const time = this.timeline.timeAt(event.clientX);
    this.drag = { id, segment, which: edge?.dataset.which, x: event.clientX, from: time, moved: false };
    // Kept by the box, whose elements may be drawn anew meanwhile.
    this.box.setPointerCapture(event.pointerId);
    event.preventDefault();
    (edge ?? button ?? element).focus({ preventScroll: true });
    editor.select(id, segment ?? null);
  }

  move(event) {
    const { drag, editor } = this;
    if (!drag) return;
    drag.moved ||= Math.abs(event.clientX - drag.x) >= DRAG_PX;
    if (!drag.moved || (drag.segment && !drag.which)) return;
    const said = editor.corrections.of(drag.id);
    const time = this.snapped(drag, this.timeline.timeAt(event.clientX));
    if (drag.which) {
      drag.span = editor.moved(drag.segment, drag.which, time);
      drag.said = resized(said, drag.segment, drag.span.start, drag.span.end);
      editor.hooks.seek(editor.frameOf(drag.which, drag.span));
    } else {
      drag.span = { start: Math.min(drag.from, time), end: Math.max(drag.from, time) };
      const action = editor.label ?? editor.data.labels[0].action;
      drag.said = drag.span.end - drag.span.start < LEAST_S ? said : say(said, { action, ...drag.span });
      editor.hooks.seek(time);
    }
    editor.preview = { id: drag.id, said: drag.said };
    editor.selected = { id: drag.id, ...drag.span };
    editor.hooks.changed();
    editor.draw();
  }

  release(event) {
    const { drag, editor } = this;
    if (!drag) return;
    this.drag = null;
    if (!drag.span) {
      editor.hooks.seek(this.timeline.timeAt(event.clientX));
      return;
    }
    editor.commit(drag.id, drag.said, drag.span);
    editor.bar.tell(`${editor.selected ? `${editor.look(editor.find(editor.selected).action).title}, ` : ""}${spanText(drag.span)}`);
    if (!drag.which) this.focus();
  }

  cancel() {
    if (!this.drag) return;
    this.drag = null;
    this.editor.preview = null;
    this.editor.selected = null;
    this.editor.hooks.changed();
    this.editor.draw();
  }

  // To a frame, or to another segment's edge where one is near.
  snapped(drag, time) {
    const { editor, timeline } = this;
    const [low, high] = timeline.range;
    const near = (SNAP_PX * (high - low)) / timeline.area.width;
    const own = drag.segment ?? { start: NaN, end: NaN };
    const edges = editor.ids.flatMap((id) => {
      const said = shownSegments(editor.data.people.find((p) => p.id === id).model, editor.corrections.of(id), editor.data.restS);
      return said.filter((each) => id !== drag.id || !isSame(each, own)).flatMap((each) => [each.start, each.end]);
    });
    const far = (at) => Math.abs(at - time);
    const [nearest] = [...edges, 0, editor.durationS].sort((a, b) => far(a) - far(b));
    if (far(nearest) <= near) return nearest;
    return Math.round(time / editor.frameS) * editor.frameS;
  }

  close() {
    this.box.replaceChildren();
  }
}
