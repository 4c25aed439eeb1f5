// The plotly figure below or beside the video, and the playhead on it.

const LEGEND_FROM = 0.2; // a probability that is never higher makes a stripe too thin to ask about

// Name and colour of each area that is to be seen below the lanes.
function visibleAreas(traces) {
  return traces.filter((trace) => trace.stackgroup && Math.max(...trace.y) >= LEGEND_FROM)
    .map((trace) => [trace.name, trace.line.color]);
}

class Timeline {
  // onClick is given the time that was clicked on: the moment, or a segment's start, and whether.
  constructor(root, signal, onClick) {
    const find = (name) => root.querySelector(`.hp${name}`);
    this.plot = find("-plot");
    this.head = find("-head");
    this.empty = find("-empty");
    this.chart = find("-chart");
    this.legend = find("-legend");
    this.signal = signal;
    this.onClick = onClick;
    this.time = null;
    this.areas = []; // see visibleAreas
    this.onPlot = () => {}; // the plot was drawn, or shows another part
    this.listen();
  }

  listen() {
    const options = { signal: this.signal, capture: true };
    let pressed = null;
    this.plot.addEventListener("pointerdown", (event) => {
      pressed = event.button === 0 ? { x: event.clientX, y: event.clientY } : null;
    }, options);
    // On the window: while the button is down, plotly lays a sheet over the page.
    window.addEventListener("pointerup", (event) => {
      if (pressed && Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) < 5) {
        this.click(event.clientX, event.clientY);
      }
      pressed = null;
    }, options);
    this.resizing = new ResizeObserver(() => {
      const visible = this.chart.offsetWidth > 0; // plotly can't measure what is not shown
      if (this.drawn && visible) window.Plotly.Plots.resize(this.plot);
    });
    this.resizing.observe(this.chart);
  }

  async draw(data, again = false) {
    this.data = data;
    const { figure, view, plotly } = data;
    const fresh = figure && (figure !== this.figure || again);
    const { data: traces, layout } = fresh ? JSON.parse(figure) : {};
    if (fresh) this.areas = visibleAreas(traces);
    this.tellColors();
    if (!fresh) return;
    this.figure = figure;
    let Plotly;
    try {
      Plotly = await loadPlotly(plotly, again);
    } catch {
      const help = "Video, tables and downloads don't need it.";
      showProblem(this.empty, "The timeline", plotly, help, () => this.draw(this.data, true));
      this.chart.hidden = true;
      this.empty.hidden = false;
      return;
    }
    this.chart.hidden = false;
    this.empty.hidden = true;
    if (this.signal.aborted || figure !== this.figure) return; // a newer one is coming
    const coarse = window.matchMedia("(pointer: coarse)").matches;
    Object.assign(layout, {
      uirevision: view,
      dragmode: coarse || !this.data.video ? false : layout.dragmode,
    });
    // plotly keeps what was zoomed with its own means.
    if (this.zoomed?.view === view) {
      for (const name of Object.keys(layout).filter((each) => each.startsWith("xaxis"))) {
        layout[name].range = [...this.zoomed.range];
      }
    }
    await Plotly.react(this.plot, traces, layout, { displayModeBar: false, doubleClick: "reset" });
    if (!this.drawn) {
      this.drawn = true;
      this.plot.on("plotly_afterplot", () => {
        this.show(this.time);
        this.onPlot();
      });
    }
    this.show(this.time);
    this.onPlot();
  }

  // Where things are, in pixels of the chart and seconds -------------------------------------------

  get ready() { return Boolean(this.drawn && this.plot._fullLayout?.xaxis); }

  // All lanes together.
  get area() {
    const { xaxis, yaxis } = this.plot._fullLayout;
    return { left: xaxis._offset, width: xaxis._length, top: yaxis._offset, height: yaxis._length };
  }

  // The times at both ends of the axis.
  get range() { return this.plot._fullLayout.xaxis.range; }

  timeAt(clientX) {
    const { xaxis } = this.plot._fullLayout;
    return xaxis.p2l(clientX - this.plot.getBoundingClientRect().left - xaxis._offset);
  }

  // A person's lane within the area.
  laneOf(id) {
    const { people, lanes } = this.data;
    const { yaxis } = this.plot._fullLayout;
    const person = people.findIndex((each) => each.id === id);
    const height = yaxis._length / Math.abs(yaxis.range[0] - yaxis.range[1]);
    return { top: yaxis.l2p(lanes ? lanes.indexOf(person) : person) - height / 2, height };
  }

  // Show so much before and after a moment.
  zoom(middle, half) {
    const end = this.data.durationS;
    const wide = Math.min(Math.max(2 * half, 0.5), end);
    const start = Math.min(Math.max(middle - wide / 2, 0), end - wide);
    this.zoomed = { view: this.data.view, range: [start, start + wide] };
    const axes = Object.keys(this.plot.layout).filter((name) => name.startsWith("xaxis"));
    window.Plotly.relayout(this.plot, Object.fromEntries(axes.map((name) => [`${name}.range`, [...this.zoomed.range]])));
  }

  // What is under a point of the page: its time and, over a lane's segment, that segment.
  at(clientX, clientY) {
    const full = this.plot._fullLayout;
    const box = this.plot.getBoundingClientRect();
    const x = clientX - box.left - full.xaxis._offset;
    const y = clientY - box.top;
    const bottom = full.height - full.margin.b;
    if (x < 0 || x > full.xaxis._length || y < full.yaxis._offset || y > bottom) return null;
    const time = full.xaxis.p2l(x);
    const lane = Math.round(full.yaxis.p2l(y - full.yaxis._offset));
    const inLanes = y - full.yaxis._offset <= full.yaxis._length;
    const { people, lanes } = this.data;
    const person = inLanes ? people[lanes ? lanes[lane] : lane] : null;
    return { time, segment: person?.segments.find((s) => s.start <= time && time <= s.end) };
  }

  click(clientX, clientY) {
    if (!this.drawn || !this.data.video) return;
    const hit = this.at(clientX, clientY);
    if (hit) this.onClick(hit.segment ? hit.segment.start : hit.time, Boolean(hit.segment));
  }

  // The playhead's place; null: there is none.
  show(time) {
    this.time = time;
    const full = this.drawn ? this.plot._fullLayout : null;
    if (time === null || !full?.xaxis) {
      this.head.hidden = time === null || this.head.hidden;
      return;
    }
    const x = full.xaxis.l2p(time);
    this.head.hidden = x < -0.5 || x > full.xaxis._length + 0.5;
    this.head.style.transform = `translateX(${full.xaxis._offset + x}px)`;
    this.head.style.top = `${full.margin.t}px`;
    this.head.style.height = `${full.height - full.margin.t - full.margin.b}px`;
  }

  tellColors() {
    const segments = this.data.people.flatMap((p) => p.segments);
    const colors = new Map([...this.areas, ...segments.map((s) => [s.kind ?? s.title, s.color])]);
    this.legend.replaceChildren(...[...colors].sort().map(([title, color]) => {
      const entry = document.createElement("span");
      entry.style.setProperty("--dot", color);
      entry.textContent = title;
      return entry;
    }));
  }

  close() {
    this.resizing.disconnect();
    if (this.drawn) window.Plotly.purge(this.plot);
  }
}
