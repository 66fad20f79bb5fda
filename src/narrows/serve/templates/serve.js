// What-if: reads the controls, asks the server for each move, and puts its answers where they belong.
// Text comes in by textContent; markup only from the server that serves this page, which escapes it.

const byId = (id) => document.getElementById(id);
const [form, answer, played, said] = ["controls", "answer", "played-answer", "said"].map(byId);
const SIMULATE_AFTER = 250; // Milliseconds without a move.

// One object for each value: its path in the state, its fields, what is served.
const values = [...form.querySelectorAll("input[data-path]")].map((field) => {
  const box = field.type === "checkbox";
  const whole = field.closest(box ? ".box-control" : ".control");
  return {
    field, box, whole,
    path: JSON.parse(field.dataset.path),
    slider: box ? null : whole.querySelector("input[type=range]"),
    base: box ? field.dataset.base === "true" : Number(field.dataset.base),
    offWith: whole.dataset.offWith,
  };
});
const boxes = new Map(values.filter((one) => one.box).map((one) => [one.field.dataset.path, one]));

// ---- The state: only what was moved, as the server reads it. ----

const isOff = (one) => one.offWith !== undefined && boxes.get(one.offWith).field.checked;

function current(one) {
  if (one.box) return one.field.checked;
  const number = one.field.valueAsNumber;
  return one.field.validity.valid && Number.isFinite(number) ? number : one.good ?? one.base;
}

function readState() {
  // No prototype: a function may be called "constructor".
  const state = Object.create(null);
  for (const one of values) {
    if (current(one) === one.base || isOff(one)) continue;
    let part = state;
    for (const key of one.path.slice(0, -1)) part = part[key] ??= Object.create(null);
    part[one.path.at(-1)] = current(one);
  }
  return state;
}

function valueIn(state, path) {
  let part = state;
  for (const key of path) {
    if (part === null || typeof part !== "object" || !Object.hasOwn(part, key)) return undefined;
    part = part[key];
  }
  return part;
}

function showState(text) {
  const state = JSON.parse(text);
  for (const one of values) {
    const given = valueIn(state, one.path);
    if (one.box) one.field.checked = typeof given === "boolean" ? given : one.base;
    else one.field.value = String(typeof given === "number" ? given : one.base);
  }
  showMoved();
}

// All but the slider that a hand moves: its own steps are coarser than the value.
function showMoved(moving) {
  for (const one of values) {
    if (!one.box) {
      if (one !== moving) one.slider.value = one.field.value;
      if (one.field.validity.valid && one.field.value !== "") one.good = one.field.valueAsNumber;
      const off = isOff(one);
      one.field.disabled = one.slider.disabled = off;
      one.whole.classList.toggle("off", off);
    }
    one.whole.classList.toggle("was-moved", current(one) !== one.base && !isOff(one));
  }
}

// ---- Undo, redo, and the link. ----

const SERVED = "{}";
let past = [SERVED];
let place = 0;

function remember() {
  const text = JSON.stringify(readState());
  if (text !== past[place]) {
    past = [...past.slice(0, place + 1), text].slice(-500);
    place = past.length - 1;
  }
  showPlace();
}

function goTo(where) {
  if (where < 0 || where >= past.length) return;
  place = where;
  showState(past[place]);
  showPlace();
  move();
}

function showPlace() {
  byId("undo").disabled = place === 0;
  byId("redo").disabled = place === past.length - 1;
  byId("reset").disabled = past[place] === SERVED;
  const link = past[place] === SERVED ? location.pathname : `#${encodeURIComponent(past[place])}`;
  history.replaceState(null, "", link);
}

function readLink() {
  if (location.hash.length < 2) return;
  try {
    const text = decodeURIComponent(location.hash.slice(1));
    const state = JSON.parse(text);
    if (state === null || typeof state !== "object") throw new TypeError("no state");
    showState(text);
    remember();
  } catch {
    say("The link holds no state that can be read: this is the scenario as it is served.", true);
  }
}

// ---- Asking. ----

function say(text, bad = false) {
  said.textContent = text;
  said.classList.toggle("bad", bad);
}

async function ask(where, state, signal) {
  const request = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(state), signal };
  let response;
  try {
    response = await fetch(where, request);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("narrows serve does not answer: it may have been ended.");
  }
  if (response.ok) return response;
  throw Object.assign(new Error((await response.text()).slice(0, 500)), { status: response.status });
}

// What is open, and where the focus is, stays so when an answer is drawn anew.
function redraw(target, html) {
  const focused = target.contains(document.activeElement) ? document.activeElement : null;
  const details = focused?.closest("details[id]")?.id;
  const open = [...target.querySelectorAll("details[id][open]")].map((one) => one.id);
  const across = [...target.querySelectorAll(".scroll")].map((one) => one.scrollLeft);
  const at = focused ? [...target.querySelectorAll("[tabindex]")].indexOf(focused) : -1;
  const parsed = new DOMParser().parseFromString(html, "text/html");
  target.replaceChildren(...parsed.body.childNodes);
  for (const id of open) byId(id)?.setAttribute("open", "");
  target.querySelectorAll(".scroll").forEach((one, index) => { one.scrollLeft = across[index] ?? 0; });
  if (focused?.tagName === "SUMMARY" && details) byId(details)?.querySelector("summary")?.focus({ preventScroll: true });
  else if (at >= 0) target.querySelectorAll("[tabindex]")[at]?.focus({ preventScroll: true });
}

// One request at a time; of the moves that come meanwhile the last is asked next.
let asking = false;
let wanted = false;
let failed = false;

async function move() {
  playLater();
  if (asking) {
    wanted = true;
    return;
  }
  asking = true;
  do {
    wanted = false;
    try {
      redraw(answer, await (await ask("move", readState())).text());
      answer.classList.remove("waiting");
      if (failed) say("");
      failed = false;
    } catch (error) {
      answer.classList.add("waiting");
      say(error.message, true);
      failed = true;
    }
  } while (wanted);
  asking = false;
}

let timer;
let playing = new AbortController();

function playLater() {
  clearTimeout(timer);
  playing.abort();
  played.classList.add("waiting");
  timer = setTimeout(play, SIMULATE_AFTER);
}

async function play() {
  playing = new AbortController();
  const mine = playing;
  try {
    const response = await ask("play", readState(), mine.signal);
    const html = await response.text();
    if (mine.signal.aborted) return;
    redraw(played, html);
  } catch (error) {
    if (mine.signal.aborted || error.name === "AbortError") return;
    const line = document.createElement("p");
    line.textContent = error.status === 409 ? "Another page, or a report, was played instead: move anything to play this." : error.message;
    played.replaceChildren(line);
  }
  played.classList.remove("waiting");
}

async function download(where, button, words) {
  button.disabled = true;
  say(words);
  try {
    const response = await ask(where, readState());
    const name = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition") ?? "")?.[1] ?? "narrows";
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await response.blob());
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    say(`${name} is written.`);
  } catch (error) {
    say(error.message, true);
  }
  button.disabled = false;
}

// ---- What the user does. ----

form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("input", (event) => {
  const one = values.find((each) => each.slider !== null && each.slider === event.target);
  if (one) one.field.value = one.slider.value;
  showMoved(one);
  move();
});
form.addEventListener("change", (event) => {
  const one = values.find((each) => each.field === event.target);
  if (one && !one.box && !one.field.validity.valid) say(one.field.validationMessage, true);
  else if (!failed) say("");
  remember();
});
byId("undo").addEventListener("click", () => goTo(place - 1));
byId("redo").addEventListener("click", () => goTo(place + 1));
byId("reset").addEventListener("click", () => { showState(SERVED); remember(); move(); });
byId("scenario").addEventListener("click", (event) => download("scenario", event.currentTarget, "Writing the scenario …"));
byId("report").addEventListener("click", (event) => download("report", event.currentTarget, "Simulating, and writing the report …"));
byId("link").addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText(location.href);
    say("The link is copied. It opens this state for as long as narrows serve runs.");
  } catch {
    say(`The link is the address of this page: ${location.href}`);
  }
});
document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
  const key = event.key.toLowerCase();
  if (key !== "z" && key !== "y") return;
  event.preventDefault();
  goTo(key === "y" || event.shiftKey ? place + 1 : place - 1);
});
addEventListener("hashchange", () => { readLink(); move(); });

showMoved();
readLink();
showPlace();
move();
