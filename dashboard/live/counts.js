// How often each action was done, changed in place; a tile lights up when its number grows.

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export default function ({ data, parentElement }) {
  const parent = parentElement.querySelector(".hn");
  while (parent.children.length > data.length) parent.lastElementChild.remove();
  data.forEach(({ title, color, count }, i) => {
    let tile = parent.children[i];
    if (!tile) {
      tile = document.createElement("div");
      tile.className = "hn-count";
      tile.append(document.createElement("b"), document.createElement("span"));
      parent.append(tile);
    }
    const same = tile.lastElementChild.textContent === title; // else it counts something else now
    const grew = same && count > Number(tile.dataset.count ?? count);
    tile.dataset.count = count;
    tile.style.setProperty("--dot", color);
    tile.classList.toggle("hn-none", count === 0);
    write(tile.firstElementChild, String(count));
    write(tile.lastElementChild, title);
    if (grew) {
      tile.classList.add("hn-up");
      setTimeout(() => tile.classList.remove("hn-up"), 150);
    }
  });
}
