// Counters, the last minute's timeline and the meters, changed in place.

const drawn = new WeakMap();
let plotlyLoading = null;

function loadPlotly(url) {
  if (window.Plotly) return Promise.resolve(window.Plotly);
  plotlyLoading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = url;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => {
      plotlyLoading = null; // so that the next figure tries again
      reject(new Error("plotly could not be loaded"));
    };
    document.head.append(script);
  });
  return plotlyLoading;
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function showCounts(parent, counts) {
  counts.forEach(({ title, color, count }, i) => {
    let tile = parent.children[i];
    if (!tile) {
      tile = document.createElement("div");
      tile.className = "hb-count";
      tile.append(document.createElement("b"), document.createElement("span"));
      parent.append(tile);
    }
    const grew = count > Number(tile.dataset.count ?? count);
    tile.dataset.count = count;
    tile.style.setProperty("--dot", color);
    tile.classList.toggle("hb-none", count === 0);
    write(tile.firstElementChild, String(count));
    write(tile.lastElementChild, title);
    if (grew) {
      tile.classList.add("hb-up");
      setTimeout(() => tile.classList.remove("hb-up"), 150);
    }
  });
}

function showMeters(parent, meters) {
  meters.forEach(({ name, value, help }, i) => {
    let meter = parent.children[i];
    if (!meter) {
      meter = document.createElement("span");
      meter.append(document.createTextNode(""), document.createElement("b"));
      parent.append(meter);
    }
    meter.title = help;
    if (meter.firstChild.data !== name) meter.firstChild.data = name;
    write(meter.lastElementChild, value);
  });
}

async function draw(root, { figure, plotly }) {
  const plot = root.querySelector(".hb-plot");
  const state = drawn.get(root) ?? {};
  if (!figure || figure === state.figure) return;
  drawn.set(root, { ...state, figure });
  let Plotly;
  try {
    Plotly = await loadPlotly(plotly);
  } catch {
    drawn.set(root, { ...state, figure: null });
    return;
  }
  if (drawn.get(root)?.figure !== figure) return; // a newer one is coming
  const { data, layout } = JSON.parse(figure);
  Object.assign(layout, { dragmode: false });
  Object.assign(layout.xaxis, { fixedrange: true });
  await Plotly.react(plot, data, layout, { displayModeBar: false });
  if (!drawn.get(root)?.resizing) {
    const resizing = new ResizeObserver(() => {
      if (plot.offsetWidth > 0 && plot._fullLayout) Plotly.Plots.resize(plot);
    });
    resizing.observe(plot);
    drawn.set(root, { ...drawn.get(root), resizing });
  }
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".hb");
  showCounts(root.querySelector(".hb-counts"), data.counts);
  showMeters(root.querySelector(".hb-meters"), data.meters);
  const empty = root.querySelector(".hb-empty");
  empty.hidden = Boolean(data.figure);
  write(empty, data.empty);
  root.querySelector(".hb-plot").style.visibility = data.figure ? "visible" : "hidden";
  draw(root, data);
  return () => {
    drawn.get(root)?.resizing?.disconnect();
    if (drawn.get(root)) window.Plotly?.purge(root.querySelector(".hb-plot"));
    drawn.delete(root);
  };
}
