// A card for each person in the frame, changed in place.

function make(parent, tag, name) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  parent.append(element);
  return element;
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// As many children as items; what is there already is used again.
function fit(parent, items, create, update) {
  while (parent.children.length > items.length) parent.lastElementChild.remove();
  while (parent.children.length < items.length) create(parent);
  items.forEach((item, i) => update(parent.children[i], item));
}

function makeBar(parent) {
  const bar = make(parent, "div", "hl-bar");
  make(bar, "span");
  make(make(bar, "div", "hl-track"), "div", "hl-fill");
  make(bar, "span");
}

function showBar(bar, { title, color, p, top }) {
  const [name, track, percent] = bar.children;
  bar.classList.toggle("hl-top", top);
  write(name, title);
  name.title = title;
  bar.style.setProperty("--dot", color);
  track.firstElementChild.style.transform = `scaleX(${p})`;
  write(percent, `${Math.round(100 * p)} %`);
}

function makeCard(parent) {
  const card = make(parent, "section", "hl-card");
  const head = make(card, "div", "hl-head");
  const action = make(head, "span", "hl-action");
  make(action, "span");
  make(action, "small");
  make(head, "span", "hl-id");
  make(card, "div", "hl-bars");
  make(card, "div", "hl-reps");
}

function showCard(card, person) {
  if (card.dataset.id !== String(person.id)) {
    card.dataset.id = person.id; // another person: nothing glides over from who was here before
    card.querySelector(".hl-bars").replaceChildren();
  }
  if (person.color) card.style.setProperty("--now", person.color);
  else card.style.removeProperty("--now");
  write(card.querySelector(".hl-id"), `Person ${person.id}`);
  const [name, confidence] = card.querySelector(".hl-action").children;
  write(name, person.title);
  write(confidence, person.confidence == null ? "" : `${Math.round(100 * person.confidence)} %`);
  fit(card.querySelector(".hl-bars"), person.bars, makeBar, showBar);
  fit(card.querySelector(".hl-reps"), person.repetitions, (parent) => {
    const chip = make(parent, "span");
    make(chip, "b");
    chip.append(document.createTextNode(""));
  }, (chip, { title, count }) => {
    write(chip.firstElementChild, `${count} ×`);
    if (chip.lastChild.data !== title) chip.lastChild.data = title;
  });
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".hl");
  root.dataset.state = data.state;
  write(root.querySelector(".hl-state"), data.stateText);
  const record = root.querySelector(".hl-rec");
  record.hidden = data.recording == null;
  write(record, data.recording ?? "");
  fit(root.querySelector(".hl-cards"), data.people, makeCard, showCard);
  const empty = root.querySelector(".hl-empty");
  empty.hidden = !data.empty;
  write(empty, data.empty ?? "");
  fit(root.querySelector(".hl-hints"), data.hints, (parent) => make(parent, "li"), write);
}
