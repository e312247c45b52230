// Counts as bars, largest first or as the answer has them; over time as columns from left to right.
const COLUMN = 56; // pixels, so that each is a target for a finger
const LONGEST_GAP = 400; // periods without a row that are drawn, at most

function chartRows(view, size) {
  return view.chart.time ? columnsOf(view) : bars(view, size);
}

function bars(view, size) {
  const rows = together(view, chosen(view));
  if (!rows.length) return h("p", { class: "empty" }, view.filter ? "No bar loaded contains that." : "No groups.");
  view.first = Math.min(view.first, rows.length - 1);
  const most = largest(view);
  const some = rows.slice(view.first, view.first + size);
  return h(
    "ol",
    { class: "bars", start: view.first + 1 },
    some.map((row, place) => h("li", null, bar(view, row, most, place))),
  );
}

// Bars of the same first key stand together; the largest such group first.
function together(view, rows) {
  const [first, second] = view.chart.by;
  if (!second || view.sort) return rows;
  const sums = new Map();
  for (const { cells } of rows)
    sums.set(cells[first.key], (sums.get(cells[first.key]) ?? 0) + cells[view.chart.value.key]);
  const order = [...sums].sort((one, other) => other[1] - one[1]).map(([key]) => key);
  return order.flatMap((key) => rows.filter(({ cells }) => cells[first.key] === key));
}

function bar(view, row, most, place) {
  const value = row.cells[view.chart.value.key];
  const fill = h("span", { class: `fill ${shade(view, row)}` });
  fill.style.width = `${most ? (100 * value) / most : 0}%`;
  const parts = [
    h("span", { class: "label" }, named(view, row)),
    h("span", { class: "track" }, fill),
    h("span", { class: "value" }, hidden(": "), written(value)),
  ];
  const open = openerOf(row);
  return open ? button(`open ${place}`, parts, open, { class: "bar" }) : h("div", { class: "bar" }, parts);
}

function named(view, row) {
  return view.chart.by.map(({ key, name }, at) => [at > 0 && " · ", worded(name, row.cells[key])]);
}

// A value that says nothing by itself, with its name.
function worded(name, value) {
  const bare = value == null || value === "" || (typeof value === "boolean" && !isState(name, value));
  return bare ? [foreign(label(name)), ": ", shown(name, value)] : shown(name, value);
}

// The second key tells its bars apart by words; shades only help.
function shade(view, row) {
  const second = view.chart.by[1];
  if (!second) return "shade0";
  const values = [...new Set(view.rows.map(({ cells }) => cells[second.key]))];
  return `shade${values.indexOf(row.cells[second.key]) % 4}`;
}

function largest(view) {
  return view.rows.reduce((most, { cells }) => Math.max(most, cells[view.chart.value.key]), 0);
}

function written(value) {
  return value.toLocaleString("en", { maximumFractionDigits: 2 });
}

// As many columns as there is room for; the latest at first. `view.first` is null until someone turns the page.
function columnsOf(view) {
  const all = inOrder(view);
  if (!all.length) return h("p", { class: "empty" }, "No column loaded contains that.");
  const room = columnRoom();
  view.points = all.length;
  view.first = Math.max(0, Math.min(view.first ?? Infinity, all.length - room));
  const most = largest(view);
  return h(
    "ol",
    { class: "columns", start: view.first + 1 },
    all.slice(view.first, view.first + room).map((point, place) => h("li", null, column(view, point, most, place))),
  );
}

function columnRoom() {
  return Math.max(1, Math.floor(width() / COLUMN));
}

function column(view, { time, row }, most, place) {
  const track = (...inside) => h("span", { class: "track" }, inside);
  if (!row) return h("div", { class: "column none" }, track(), h("span", { class: "label" }, time));
  const value = row.cells[view.chart.value.key];
  const fill = h("span", { class: `fill ${shade(view, row)}` });
  fill.style.height = `${most ? (100 * value) / most : 0}%`;
  const others = view.chart.by.filter((part) => part !== view.chart.time);
  const parts = [
    track(h("span", { class: "value" }, written(value)), fill),
    h("span", { class: "label" }, hidden(" in "), shown(view.chart.time.name, row.cells[view.chart.time.key])),
    others.map(({ key, name }) => h("span", { class: "label" }, worded(name, row.cells[key]))),
  ];
  const open = openerOf(row);
  return open ? button(`open ${place}`, parts, open, { class: "column" }) : h("div", { class: "column" }, parts);
}

// Rows by time; a year, month or day that has none keeps its place, empty.
function inOrder(view) {
  const { key } = view.chart.time;
  const rows = chosen(view).toSorted((one, other) => compare(one.cells[key], other.cells[key], 1));
  const points = [];
  for (const row of rows) {
    const time = row.cells[key] == null ? null : String(row.cells[key]);
    const before = points.at(-1)?.time;
    if (!view.filter && before && time && time !== before) points.push(...gap(before, time));
    points.push({ time, row });
  }
  return points;
}

function gap(from, to) {
  const missing = [];
  for (let time = next(from); time < to && time.length === to.length; time = next(time)) {
    if (missing.push({ time }) > LONGEST_GAP) return [];
  }
  return missing;
}

// The next year, month or day.
function next(time) {
  const [year, month = 1, day = 1] = time.split("-").map(Number);
  const part = time.split("-").length;
  const date = new Date(
    Date.UTC(part === 1 ? year + 1 : year, part === 2 ? month : month - 1, part === 3 ? day + 1 : day),
  );
  return date.toISOString().slice(0, time.length);
}
