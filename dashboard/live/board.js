// The last minute's timeline and the meters, changed in place.

const charts = new WeakMap();

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
    this.empty = root.querySelector(".hb-empty");
    this.figure = null;
    this.failed = false; // plotly didn't come: said where there is no figure
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

  // What stands where there is no figure; text is what is said where there is none yet.
  tell(text, figure, plotly) {
    this.empty.hidden = Boolean(figure) && !this.failed;
    if (this.failed) return;
    write(this.empty, text);
    this.show(figure, plotly);
  }

  show(figure, plotly, again = false) {
    this.plot.style.visibility = figure ? "visible" : "hidden";
    if (!figure || figure === this.figure) return;
    this.figure = figure;
    this.next(async () => {
      if (figure !== this.figure) return; // a newer one is coming
      const Plotly = await loadPlotly(plotly, again).catch((error) => {
        this.failed = true;
        const retry = () => {
          this.failed = false;
          this.figure = null;
          this.show(figure, plotly, true);
        };
        const help = "Everything else on this page works without it.";
        showProblem(this.empty, "The timeline", plotly, help, retry);
        this.empty.hidden = false;
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
  chart.tell(data.empty, data.figure, data.plotly);
  return () => {
    charts.get(root)?.destroy();
    charts.delete(root);
  };
}
