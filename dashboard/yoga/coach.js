// What the coach says: asana, score, hold, the next thing to do. Changed in place.

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function set(element, text) {
  element.hidden = !text;
  write(element, text ?? "");
}

// As many children as items; what is there already is used again.
function fit(parent, items, create, update) {
  while (parent.children.length > items.length) parent.lastElementChild.remove();
  while (parent.children.length < items.length) parent.append(create());
  items.forEach((item, i) => update(parent.children[i], item));
}

function line() {
  return document.createElement("li");
}

function makeHold() {
  const row = line();
  for (const tag of ["span", "span", "b"]) row.append(document.createElement(tag));
  return row;
}

function showHold(row, { title, color, time, score }) {
  row.style.setProperty("--dot", color);
  [title, time, score].forEach((text, i) => write(row.children[i], text));
}

function showRing(ring, { score, scoreText, scoreOf, scoreColor }) {
  ring.style.setProperty("--score", score ? scoreColor : "transparent");
  ring.querySelector(".hy-arc").style.strokeDasharray = `${score ?? 0} 100`;
  write(ring.querySelector(".hy-score"), scoreText);
  write(ring.querySelector(".hy-of"), scoreOf);
  ring.setAttribute("aria-label", score == null ? "No score" : `Score ${scoreText} of 100`);
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".hy");
  const find = (name) => root.querySelector(`.hy-${name}`);
  find("status").hidden = data.state == null;
  root.dataset.state = data.state ?? "";
  write(find("state"), data.stateText ?? "");
  set(find("rec"), data.recording);
  if (data.color) find("card").style.setProperty("--now", data.color);
  else find("card").style.removeProperty("--now");
  showRing(find("ring"), data);
  write(find("title"), data.title);
  set(find("english"), data.english);
  set(find("side"), data.side);
  const hold = find("hold");
  hold.hidden = data.hold == null;
  if (data.hold != null) {
    hold.classList.toggle("hy-early", !data.hold.counted);
    write(hold.children[0], data.hold.time);
    write(hold.children[1], data.hold.text);
  }
  set(find("cue"), data.cue);
  find("cue").classList.toggle("hy-quiet", data.quiet === true);
  fit(find("feedback"), data.feedback, line, (row, { text, good }) => {
    row.classList.toggle("hy-good", good);
    write(row, text);
  });
  fit(find("warnings"), data.warnings, line, write);
  find("done").hidden = data.holds == null;
  write(find("done").firstElementChild, data.holdsTitle ?? "");
  fit(find("holds"), data.holds ?? [], makeHold, showHold);
}
