// The charts come alive: one time axis for all of them, zoomed by dragging, read by pointing.
// Without this script the page is whole: each chart then stands as a still picture.
(async () => {
  "use strict";
  const data = JSON.parse(document.getElementById("charts-data").textContent);
  const figures = [...document.querySelectorAll("figure[data-chart]")];
  if (!figures.length) return;
  const whole = data.extent.map((seconds) => seconds * 1000);
  let shown = whole;
  const charts = [];
  const toolbar = document.querySelector(".chart-toolbar");
  const range = toolbar.querySelector("output");
  const least = 60_000;

  const clock = (ms, seconds) => new Date(ms).toISOString().slice(11, seconds ? 19 : 16);
  const whole_number = new Intl.NumberFormat("en-US", { maximumFractionDigits: 1 });

  // A value, or both ends of a band; nothing says how much it was at the most where that is null.
  const worded = ([, , most, least]) => most === null ? `at least ${whole_number.format(least)}` :
    (least === undefined || least === most ? "" : `${whole_number.format(least)}–`) + whole_number.format(most);

  async function zoom(begin, end) {
    const length = Math.min(Math.max(end - begin, least), whole[1] - whole[0]);
    const start = Math.min(Math.max(begin, whole[0]), whole[1] - length);
    shown = [start, start + length];
    const all = length >= whole[1] - whole[0];
    const fine = length < 10 * 60_000;
    range.textContent = `${clock(shown[0], fine)} to ${clock(shown[1], fine)} UTC`;
    toolbar.querySelector("[data-zoom=whole]").disabled = all;
    toolbar.querySelector("[data-zoom=earlier]").disabled = shown[0] <= whole[0];
    toolbar.querySelector("[data-zoom=later]").disabled = shown[1] >= whole[1];
    toolbar.querySelector("[data-zoom=in]").disabled = length <= least;
    await Promise.all(
      charts.map(({ view }) => view.signal("begin", shown[0]).signal("end", shown[1]).runAsync()),
    );
  }

  const moves = {
    whole: () => zoom(...whole),
    in: () => zoom(shown[0] + (shown[1] - shown[0]) / 4, shown[1] - (shown[1] - shown[0]) / 4),
    earlier: () => zoom(shown[0] - (shown[1] - shown[0]) / 2, shown[1] - (shown[1] - shown[0]) / 2),
    later: () => zoom(shown[0] + (shown[1] - shown[0]) / 2, shown[1] + (shown[1] - shown[0]) / 2),
  };

  // Where the plot of a chart stands inside its frame, in CSS pixels.
  function plot({ view, frame }) {
    const svg = frame.querySelector("svg").getBoundingClientRect();
    const outer = frame.getBoundingClientRect();
    return { left: svg.left - outer.left + view.origin()[0], width: view.width() };
  }

  function timeAt(chart, event) {
    const { left, width } = plot(chart);
    const x = event.clientX - chart.frame.getBoundingClientRect().left - left;
    const share = Math.min(Math.max(x / width, 0), 1);
    return shown[0] + share * (shown[1] - shown[0]);
  }

  function point(at) {
    for (const chart of charts) {
      const { left, width } = plot(chart);
      chart.cursor.hidden = at === null;
      if (at !== null) {
        chart.cursor.style.left = `${left + ((at - shown[0]) / (shown[1] - shown[0])) * width}px`;
      }
      chart.readings.forEach((reading) => {
        const found = at === null ? null : reading.points.find(([begin, end]) => begin * 1000 <= at && at < end * 1000);
        reading.output.textContent = at === null ? reading.still : found ? worded(found) : "no data";
      });
      chart.clock.textContent = at === null ? "" : `${clock(at, true)} UTC`;
    }
  }

  function dragging(chart) {
    let from = null;
    const { frame, brush } = chart;
    frame.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || event.pointerType === "touch") return;
      from = event.clientX;
      frame.setPointerCapture(event.pointerId);
    });
    frame.addEventListener("pointermove", (event) => {
      point(timeAt(chart, event));
      if (from === null) return;
      const left = frame.getBoundingClientRect().left;
      const area = plot(chart);
      const inside = (x) => Math.min(Math.max(x - left, area.left), area.left + area.width);
      const [a, b] = [inside(from), inside(event.clientX)].sort((x, y) => x - y);
      brush.hidden = b - a < 4;
      brush.style.left = `${a}px`;
      brush.style.width = `${b - a}px`;
    });
    frame.addEventListener("pointerup", (event) => {
      const start = from;
      from = null;
      brush.hidden = true;
      if (start === null || Math.abs(event.clientX - start) < 4) return;
      const [a, b] = [timeAt(chart, { clientX: start }), timeAt(chart, event)].sort((x, y) => x - y);
      zoom(a, b);
    });
    frame.addEventListener("pointercancel", () => { from = null; brush.hidden = true; });
    frame.addEventListener("pointerleave", () => { if (from === null) point(null); });
    frame.addEventListener("dblclick", moves.whole);
  }

  function made(tag, name, frame) {
    const node = document.createElement(tag);
    node.className = name;
    node.hidden = true;
    frame.append(node);
    return node;
  }

  for (const figure of figures) {
    const { specification, series } = data.charts[figure.dataset.chart];
    const frame = figure.querySelector(".chart-live");
    const drawing = document.createElement("div");
    drawing.className = "chart-drawing";
    frame.append(drawing);
    figure.classList.add("live");
    // ast: Vega's own interpreter in place of generated code, because the page allows none.
    const { view } = await window.vegaEmbed(drawing, specification, {
      mode: "vega-lite", renderer: "svg", actions: false, ast: true, defaultStyle: false, tooltip: false,
    });
    const chart = { view, frame, cursor: made("div", "cursor", frame), brush: made("div", "brush", frame) };
    chart.clock = figure.querySelector(".chart-clock");
    chart.readings = [...figure.querySelectorAll(".chart-legend output")].map((output, index) => ({
      output, still: output.textContent, points: series[index],
    }));
    charts.push(chart);
    dragging(chart);
  }
  for (const button of toolbar.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", moves[button.dataset.zoom]);
  }
  toolbar.hidden = false;
  await zoom(...whole);
  document.documentElement.dataset.charts = "ready";
})();
