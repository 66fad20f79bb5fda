// The charts come alive: one time axis for all of them, zoomed by dragging, read by pointing or by the arrow keys.
// Without this script the page is whole: it only moves what is drawn already.
(() => {
  "use strict";
  const source = document.getElementById("charts-data");
  const figures = [...document.querySelectorAll("figure[data-chart]")];
  const toolbar = document.querySelector(".chart-toolbar");
  if (!source || !toolbar || !figures.length) return;
  const data = JSON.parse(source.textContent);
  const origin = data.extent[0];
  // Seconds since the origin, as everywhere below.
  const length = data.extent[1] - origin;
  const first = data.shown.map((at) => at - origin);
  const least = Math.min(10, length);
  let shown = first;
  let pointed = null;

  const SVG = "http://www.w3.org/2000/svg";
  const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200,
    86400, 172800, 604800, 1209600, 2419200];
  const LABEL = 62;
  const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
  const iso = (at) => new Date((origin + at) * 1000).toISOString();
  const clock = (at, seconds) => iso(at).slice(11, seconds ? 19 : 16);
  const day = (at) => `${MONTHS[Number(iso(at).slice(5, 7)) - 1]} ${Number(iso(at).slice(8, 10))}`;
  const counted = new Intl.NumberFormat("en-US", { maximumFractionDigits: 1 });

  // A value, or both ends of a band; nothing says how much it was at the most where that is null.
  const worded = ([, , most, low]) => most === null ? `at least ${counted.format(low)}` :
    (low === undefined || low === most ? "" : `${counted.format(low)}–`) + counted.format(most);

  const node = (name, attributes) => {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };

  function ticks(width) {
    const most = Math.max(2, Math.floor(width / LABEL));
    const span = shown[1] - shown[0];
    let step = STEPS.find((one) => span / one <= most - 1) ?? STEPS.at(-1);
    while (span / step > most - 1) step *= 2;
    const found = [];
    for (let at = Math.ceil((origin + shown[0]) / step) * step - origin; at <= shown[1]; at += step) {
      const midnight = (origin + at) % 86400 === 0;
      found.push([at, midnight ? day(at) : clock(at, step < 60 && (origin + at) % 60 !== 0)]);
    }
    return found;
  }

  const share = (at) => (at - shown[0]) / (shown[1] - shown[0]);
  const percent = (part) => `${(part * 100).toFixed(3)}%`;

  function draw(chart) {
    const box = chart.marks.viewBox.baseVal;
    chart.marks.setAttribute("viewBox", `${shown[0]} 0 ${shown[1] - shown[0]} ${box.height}`);
    const colours = chart.colours;
    chart.axis.replaceChildren(...ticks(chart.area.getBoundingClientRect().width).flatMap(([at, label]) => {
      const x = percent(share(at));
      const text = node("text", { x, y: chart.height + 17, "text-anchor": "middle", fill: colours.text });
      text.textContent = label;
      return [node("line", { x1: x, x2: x, y1: chart.height, y2: chart.height + 4, stroke: colours.line }), text];
    }));
  }

  function zoom(begin, end) {
    const span = Math.min(Math.max(end - begin, least), length);
    const start = Math.min(Math.max(begin, 0), length - span);
    shown = [start, start + span];
    range.textContent = `${clock(shown[0], span < 600)} to ${clock(shown[1], span < 600)} UTC`;
    const off = { whole: span >= length, in: span <= least, earlier: shown[0] <= 0, later: shown[1] >= length };
    for (const [name, disabled] of Object.entries(off)) toolbar.querySelector(`[data-zoom=${name}]`).disabled = disabled;
    charts.forEach(draw);
    point(pointed);
  }

  const half = () => (shown[1] - shown[0]) / 2;
  const moves = {
    whole: () => zoom(0, length),
    first: () => zoom(...first),
    in: () => zoom(shown[0] + half() / 2, shown[1] - half() / 2),
    out: () => zoom(shown[0] - half() / 2, shown[1] + half() / 2),
    earlier: () => zoom(shown[0] - half(), shown[1] - half()),
    later: () => zoom(shown[0] + half(), shown[1] + half()),
  };

  // The point that holds at a moment: each does from its beginning to its end. Null where there is none.
  function holding(points, at) {
    let low = 0, high = points.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (points[middle][0] <= at) low = middle + 1; else high = middle;
    }
    const before = points[low - 1];
    return before && at < before[1] ? before : null;
  }

  function point(at) {
    pointed = at;
    const seen = at !== null && at >= shown[0] && at <= shown[1];
    for (const chart of charts) {
      chart.cursor.setAttribute("visibility", seen ? "visible" : "hidden");
      if (seen) {
        chart.cursor.setAttribute("x1", percent(share(at)));
        chart.cursor.setAttribute("x2", percent(share(at)));
      }
      for (const reading of chart.readings) {
        const found = seen ? holding(reading.points, at) : null;
        reading.output.textContent = !seen ? reading.still : found ? worded(found) : chart.zero ? "0" : "no data";
      }
      chart.clock.textContent = seen ? `${clock(at, true)} UTC` : "";
    }
  }

  function timeAt(chart, clientX) {
    const { left, width } = chart.area.getBoundingClientRect();
    return shown[0] + Math.min(Math.max((clientX - left) / width, 0), 1) * (shown[1] - shown[0]);
  }

  function dragging(chart) {
    let from = null;
    const { area, brush } = chart;
    area.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || event.pointerType === "touch") return;
      from = event.clientX;
      area.setPointerCapture(event.pointerId);
    });
    area.addEventListener("pointermove", (event) => {
      point(timeAt(chart, event.clientX));
      if (from === null) return;
      const [a, b] = [from, event.clientX].map((x) => share(timeAt(chart, x))).sort((x, y) => x - y);
      brush.setAttribute("visibility", Math.abs(event.clientX - from) < 4 ? "hidden" : "visible");
      brush.setAttribute("x", percent(a));
      brush.setAttribute("width", percent(b - a));
    });
    const stop = () => { from = null; brush.setAttribute("visibility", "hidden"); };
    area.addEventListener("pointerup", (event) => {
      const start = from;
      stop();
      if (start === null || Math.abs(event.clientX - start) < 4) return;
      zoom(...[start, event.clientX].map((x) => timeAt(chart, x)).sort((x, y) => x - y));
    });
    area.addEventListener("pointerdown", (event) => { if (event.pointerType === "touch") point(timeAt(chart, event.clientX)); });
    area.addEventListener("pointercancel", stop);
    area.addEventListener("pointerleave", (event) => {
      if (from === null && event.pointerType !== "touch") point(null);
    });
    area.addEventListener("dblclick", moves.first);
  }

  // The next moment, in one direction, at which any series of the chart begins a point.
  function next(chart, way) {
    if (pointed === null || pointed < shown[0] || pointed > shown[1]) return way > 0 ? shown[0] : shown[1];
    let best = null;
    for (const { points } of chart.readings) {
      for (const [begin] of points) {
        if ((begin - pointed) * way > 0 && (best === null || (best - begin) * way > 0)) best = begin;
      }
    }
    return best === null ? pointed : Math.min(Math.max(best, shown[0]), shown[1]);
  }

  function keys(chart, event) {
    const does = {
      ArrowRight: () => point(next(chart, 1)),
      ArrowLeft: () => point(next(chart, -1)),
      Home: () => point(shown[0]),
      End: () => point(shown[1]),
      "+": moves.in,
      "-": moves.out,
      0: moves.first,
      Escape: () => point(null),
    }[event.key];
    if (!does || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    does();
  }

  const range = toolbar.querySelector("output");
  const charts = figures.map((figure) => {
    const { series, zero } = data.charts[figure.dataset.chart];
    const area = figure.querySelector(".plot-area");
    const inner = area.firstElementChild;
    const marks = inner.querySelector(".marks");
    const axis = inner.querySelector(".x-axis");
    const height = marks.height.baseVal.value;
    const cursor = node("line", { class: "cursor", y1: 0, y2: height, visibility: "hidden" });
    const brush = node("rect", { class: "brush", y: 0, height, visibility: "hidden" });
    inner.append(brush, cursor);
    area.setAttribute("tabindex", "0");
    figure.classList.add("live");
    const chart = {
      area, marks, axis, height, cursor, brush, zero,
      colours: { text: axis.querySelector("text").getAttribute("fill"), line: axis.querySelector("line").getAttribute("stroke") },
      clock: figure.querySelector(".chart-clock"),
      readings: [...figure.querySelectorAll(".chart-legend output")].map((output, index) => ({
        output, still: output.textContent, points: series[index],
      })),
    };
    dragging(chart);
    area.addEventListener("keydown", (event) => keys(chart, event));
    area.addEventListener("blur", () => point(null));
    return chart;
  });
  for (const button of toolbar.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", moves[button.dataset.zoom]);
  }
  toolbar.hidden = false;
  zoom(...first);
  new ResizeObserver(() => charts.forEach(draw)).observe(toolbar.parentElement);
  // On paper each chart stands as it stood at first.
  let before = first;
  addEventListener("beforeprint", () => { before = shown; point(null); moves.first(); });
  addEventListener("afterprint", () => zoom(...before));
  document.documentElement.dataset.charts = "ready";
})();
