// The last minute's timeline and the meters, changed in place.

const charts = new WeakMap();
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

class Chart {
  constructor(root) {
    this.plot = root.querySelector(".hb-plot");
    this.figure = null;
    this.busy = Promise.resolve(); // plotly is not to be disturbed while it draws
    this.gone = false;
    this.resizing = new ResizeObserver(() => this.next(() => {
      const visible = this.plot.offsetWidth > 0; // plotly can't measure what is not shown
      if (visible && this.plot._fullLayout) return window.Plotly.Plots.resize(this.plot);
    }));
    this.resizing.observe(this.plot);
  }

  next(work) {
    this.busy = this.busy.then(() => (this.gone ? null : work())).catch(() => null);
  }

  show(figure, plotly) {
    this.plot.style.visibility = figure ? "visible" : "hidden";
    if (!figure || figure === this.figure) return;
    this.figure = figure;
    this.next(async () => {
      if (figure !== this.figure) return; // a newer one is coming
      const Plotly = await loadPlotly(plotly).catch((error) => {
        this.figure = null; // the next one tries again
        throw error;
      });
      const { data, layout } = JSON.parse(figure);
      layout.dragmode = false;
      layout.xaxis.fixedrange = true;
      await Plotly.react(this.plot, data, layout, { displayModeBar: false });
    });
  }

  destroy() {
    this.resizing.disconnect();
    this.busy.finally(() => window.Plotly?.purge(this.plot));
    this.gone = true;
  }
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".hb");
  let chart = charts.get(root);
  if (!chart) {
    chart = new Chart(root);
    charts.set(root, chart);
  }
  showMeters(root.querySelector(".hb-meters"), data.meters);
  const empty = root.querySelector(".hb-empty");
  empty.hidden = Boolean(data.figure);
  write(empty, data.empty);
  chart.show(data.figure, data.plotly);
  return () => {
    charts.get(root)?.destroy();
    charts.delete(root);
  };
}
