// The buttons of the editor, the menu of names, and the line that says what is selected.

class EditBar {
  constructor(root, signal, editor) {
    const find = (name) => root.querySelector(`.hp-${name}`);
    this.root = find("correct");
    this.tools = find("tools");
    this.menu = find("names");
    this.say = find("said");
    this.about = find("about");
    this.editor = editor;
    const on = (target, type, handler) => target.addEventListener(type, handler, { signal });
    const acts = {
      toggle: () => editor.toggle(), undo: () => editor.step(true), redo: () => editor.step(false),
      split: () => editor.cut(), add: () => editor.add(), remove: () => editor.remove(),
      in: () => editor.lanes.zoom(0.5), out: () => editor.lanes.zoom(2),
    };
    on(this.tools, "click", (event) => {
      const button = event.target.closest("[data-edit]");
      acts[button?.dataset.edit]?.();
      if (event.detail) button?.blur(); // by a mouse: keys are for the segments again
    });
    on(this.menu, "click", (event) => {
      const place = event.target.closest("[data-place]")?.dataset.place;
      if (place !== undefined) this.choose(() => editor.give(editor.data.labels[place].action));
    });
    this.field = document.createElement("input");
    Object.assign(this.field, { type: "text", maxLength: 60, placeholder: "New name …", autocomplete: "off" });
    this.field.setAttribute("aria-label", "A new name for this segment");
    on(this.field, "keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter") this.choose(() => editor.name(this.field.value));
      if (event.key === "Enter" || event.key === "Escape") {
        this.field.value = "";
        editor.lanes.focus();
      }
    });
  }

  choose(act) {
    act();
    this.editor.lanes.focus();
  }

  focus() {
    this.field.focus();
  }

  draw() {
    const { editor } = this;
    this.root.hidden = !editor.data || !editor.lanes?.possible;
    this.root.classList.toggle("hp-correcting", editor.on);
    this.tools.querySelector("[data-edit=toggle]").setAttribute("aria-pressed", editor.on);
    if (!editor.on || !editor.data) return;
    const disable = (name, off) => { this.tools.querySelector(`[data-edit=${name}]`).disabled = off; };
    disable("undo", !editor.corrections.canUndo);
    disable("redo", !editor.corrections.canRedo);
    const segment = editor.selected && editor.find(editor.selected);
    this.drawMenu(segment);
    this.drawAbout(segment);
  }

  drawMenu(segment) {
    const { labels } = this.editor.data;
    const drawn = JSON.stringify(labels);
    if (drawn !== this.drawn) {
      this.drawn = drawn;
      this.menu.replaceChildren(...labels.map(({ title, color }, place) => {
        const button = document.createElement("button");
        button.type = "button";
        button.dataset.place = place;
        button.style.setProperty("--dot", color);
        const key = document.createElement("kbd");
        key.textContent = place < 9 ? place + 1 : "";
        key.hidden = place >= 9;
        button.append(key, title);
        return button;
      }), this.field);
    }
    labels.forEach(({ action }, place) => {
      this.menu.children[place].setAttribute("aria-pressed", Boolean(segment) && segment.action === action);
    });
    this.menu.classList.toggle("hp-idle", !segment);
  }

  drawAbout(segment) {
    const { editor } = this;
    const who = editor.names.get(editor.selected?.id ?? editor.lane);
    if (!segment) {
      this.about.textContent = "Choose a segment, drag its edges, or drag over an empty part of a lane for a new one.";
      return;
    }
    const { title } = editor.look(segment.action);
    const by = segment.by === "human" ? "you say so" : "the model says so";
    const what = segment.action === null ? "None of the actions" : title;
    // Names may be written from right to left: each by itself.
    const names = [who, what].map((name) => `\u2068${name}\u2069`).join(" · ");
    this.about.textContent = `${names} · ${clock(segment.start)} – ${clock(segment.end)} · ${by}`;
  }

  // To who can't see the lanes.
  tell(text) {
    this.say.textContent = text;
  }
}
