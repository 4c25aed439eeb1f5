// The examples as cards, changed in place. What the visitor does with them is sent as a list that
// grows until the server has answered: see cards.py.

const boards = new WeakMap();
const NEW_NAME = "\u0000new";

function element(parent, tag, name, text) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text != null) made.textContent = text;
  parent.append(made);
  return made;
}

function icon(parent, name, label, path) {
  const button = element(parent, "button", name);
  button.type = "button";
  button.setAttribute("aria-label", label);
  button.title = label;
  button.innerHTML = `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="${path}"/></svg>`;
  return button;
}

const TRASH = "M6 19a2 2 0 0 0 2 2h8a2 2 0 0 0 2-2V7H6v12zM19 4h-3.5l-1-1h-5l-1 1H5v2h14V4z";
const CUT = "M3 17v2h6v-2H3zM3 5v2h10V5H3zm10 16v-2h8v-2h-8v-2h-2v6h2zM7 9v2H3v2h4v2h2V9H7zm14 4v-2H11v2h10zm-6-4h2V7h4V5h-4V3h-2v6z";

class Board {
  constructor(root) {
    this.root = root;
    this.figures = new Figures();
    this.cards = new Map(); // by number
    this.groups = new Map(); // by label
    this.acts = [];
    this.last = 0;
  }

  update(data, send) {
    this.data = data;
    this.send = send;
    this.last = Math.max(this.last, data.done);
    this.acts = this.acts.filter((act) => act.n > data.done);
    const numbers = new Set();
    data.groups.forEach((group, place) => {
      const parts = this.group(group);
      if (this.root.children[place] !== parts.section) {
        this.root.insertBefore(parts.section, this.root.children[place] ?? null);
      }
      group.cards.forEach((card, i) => {
        numbers.add(card.number);
        const own = this.card(card);
        this.fill(own, card, group.label);
        if (parts.grid.children[i] !== own.card) parts.grid.insertBefore(own.card, parts.grid.children[i] ?? null);
      });
    });
    const labels = new Set(data.groups.map((group) => group.label));
    for (const [number, { card, canvas }] of this.cards) {
      if (numbers.has(number)) continue;
      this.figures.forget(canvas);
      card.remove();
      this.cards.delete(number);
    }
    for (const [label, { section }] of this.groups) {
      if (labels.has(label)) continue;
      section.remove();
      this.groups.delete(label);
    }
  }

  act(what, number, more = {}) {
    this.last += 1;
    this.acts = [...this.acts, { n: this.last, what, number, ...more }];
    this.send("acts", this.acts);
  }

  group({ label, title, color, count }) {
    let parts = this.groups.get(label);
    if (!parts) {
      const section = document.createElement("section");
      const head = element(section, "h4", "tc-head");
      parts = { section, name: element(head, "span", "tc-name"), count: element(head, "small") };
      parts.grid = element(section, "div", "tc-grid");
      this.groups.set(label, parts);
    }
    parts.section.style.setProperty("--dot", color);
    parts.name.textContent = title;
    parts.count.textContent = count;
    return parts;
  }

  card({ number }) {
    let own = this.cards.get(number);
    if (own) return own;
    const card = document.createElement("article");
    card.className = "tc-card";
    card.dataset.number = number;
    const stage = element(card, "div", "tc-stage");
    own = { card, canvas: element(stage, "canvas") };
    own.length = element(stage, "span", "tc-length");
    own.cut = icon(stage, "tc-cut", "Change start and end", CUT);
    own.gone = icon(stage, "tc-gone", "Delete", TRASH);
    own.source = element(card, "div", "tc-source");
    own.names = element(card, "div", "tc-names");
    own.cut.addEventListener("click", () => this.act("cut", number));
    own.gone.addEventListener("click", () => {
      card.classList.add("tc-leaving");
      this.act("delete", number);
    });
    this.cards.set(number, own);
    return own;
  }

  fill(own, card, label) {
    this.figures.show(own.canvas, card.figure);
    own.canvas.setAttribute("role", "img");
    own.canvas.setAttribute("aria-label", `${card.title}, a moving skeleton`);
    own.length.textContent = card.length;
    own.source.textContent = card.source;
    own.source.title = `${card.source}${card.by}`;
    own.card.classList.toggle("tc-chosen", card.number === this.data.chosen);
    own.cut.setAttribute("aria-label", `Change start and end: ${card.title}`);
    own.gone.setAttribute("aria-label", `Delete: ${card.title}`);
    const options = JSON.stringify([label, this.data.labels]);
    if (own.options !== options) {
      own.options = options;
      this.choose(own, card, label);
    }
  }

  // The menu of names.
  choose(own, card, label) {
    own.names.replaceChildren();
    const menu = element(own.names, "select");
    menu.setAttribute("aria-label", `Name: ${card.title}`);
    for (const [value, text] of [...this.data.labels, [NEW_NAME, "New name \u2026"]]) {
      const option = element(menu, "option", "", text);
      option.value = value;
      option.selected = value === label;
    }
    menu.addEventListener("change", () => {
      if (menu.value === NEW_NAME) this.askName(own, card, label);
      else this.act("relabel", card.number, { label: menu.value });
    });
  }

  askName(own, card, label) {
    own.names.replaceChildren();
    const field = element(own.names, "input");
    field.maxLength = 60;
    field.placeholder = "New name";
    field.setAttribute("aria-label", `New name: ${card.title}`);
    const done = (said) => {
      if (own.names.firstChild !== field) return;
      if (said) this.act("relabel", card.number, { label: said });
      this.choose(own, card, label);
    };
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter") done(field.value.trim());
      if (event.key === "Escape") done("");
    });
    field.addEventListener("blur", () => done(field.value.trim()));
    field.focus();
  }
}

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".tc");
  let board = boards.get(parentElement);
  if (!board) {
    board = new Board(root);
    boards.set(parentElement, board);
  }
  board.update(data, setStateValue);
  return () => {
    boards.get(parentElement)?.figures.close();
    boards.delete(parentElement);
    root.replaceChildren();
  };
}
