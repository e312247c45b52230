// Rows as a table, or as cards where it is narrow.
const NARROW = 520; // pixels, where cards begin
const FIRST_COLUMN = 220;
const OTHER_COLUMN = 124;
const CARD_FIELDS = 8; // of a card that does not open its connection

const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

// The loaded rows that the filter lets through, sorted.
function chosen(view) {
  const wanted = view.filter.toLowerCase();
  const rows = wanted
    ? view.rows.filter((row) => view.columns.some(({ key, name }) => searched(name, row.cells[key]).includes(wanted)))
    : view.rows;
  if (!view.sort || view.sort.done) return rows;
  const { key, descending } = view.sort;
  return [...rows].sort((one, other) => compare(one.cells[key], other.cells[key], descending ? -1 : 1));
}

function searched(name, value) {
  if (isState(name, value)) return value ? "active" : "inactive";
  const text = plain(value);
  return `${text} ${name === "record_type" ? words(text) : ""}`.toLowerCase();
}

function compare(one, other, direction) {
  // what is not set stands last
  if (one == null || other == null) return (one == null) - (other == null);
  if (typeof one === "number" && typeof other === "number") return direction * (one - other);
  return direction * collator.compare(plain(one), plain(other));
}

function rowsOf(view, size) {
  const rows = chosen(view);
  if (!rows.length) return h("p", { class: "empty" }, view.filter ? "No row loaded contains that." : "No rows.");
  view.first = Math.min(view.first, Math.max(0, rows.length - 1));
  const some = rows.slice(view.first, view.first + size);
  return narrow() ? cards(view, some) : table(view, some);
}

function table(view, rows) {
  const columns = windowOfColumns(view);
  return h(
    "table",
    null,
    h("caption", { class: "hidden" }, `${view.foreign ? "Rows" : view.title}, ${place(view, rows.length)}`),
    h(
      "thead",
      null,
      h(
        "tr",
        null,
        columns.map((column) => heading(view, column)),
      ),
    ),
    h(
      "tbody",
      null,
      rows.map((row, place) =>
        h(
          "tr",
          null,
          columns.map((column, at) => cell(view, row, column, at === 0, place)),
        ),
      ),
    ),
  );
}

// The first column, and as many of the others as there is room for.
function windowOfColumns(view) {
  const [first, ...others] = view.columns;
  const room = Math.max(1, Math.floor((width() - FIRST_COLUMN) / OTHER_COLUMN));
  view.columnRoom = room;
  if (view.column >= others.length) view.column = 0;
  const from = others.length <= room ? 0 : Math.min(view.column, others.length - room);
  return [first, ...others.slice(from, from + room)].filter(Boolean);
}

function heading(view, { key, name }) {
  const sorted = view.sort?.key === key && (view.sort.descending ? "descending" : "ascending");
  const mark = { ascending: " ↑", descending: " ↓" }[sorted];
  return h(
    "th",
    { scope: "col", "aria-sort": sorted || "none", class: isNumber(view, key, name) ? "number" : WIDTHS[name] },
    button(
      `sort ${key}`,
      [foreign(label(name)), mark && h("span", { "aria-hidden": "true" }, mark)],
      () => sortBy(view, key),
      { class: "sort" },
    ),
  );
}

const WIDTHS = { record_type: "type", active: "state" };

function isNumber(view, key, name) {
  return view.rows.some(({ cells }) => typeof cells[key] === "number" && !isState(name, cells[key]));
}

function cell(view, row, { key, name }, first, place) {
  const value = first ? opener(row, shown(name, row.cells[key]), place) : shown(name, row.cells[key]);
  const attributes = { class: isNumber(view, key, name) && "number" };
  return first ? h("th", { scope: "row", ...attributes }, value) : h("td", attributes, value);
}

// A row opens its connection, a group lists its connections, where the host lets the page ask.
function opener(row, words, place) {
  const open = openerOf(row);
  return open ? button(`open ${place}`, words, open, { class: "open" }) : words;
}

function openerOf(row) {
  if (!canAsk()) return null;
  if (row.where) return () => openAnswer("search_connections", { where: row.where });
  return typeof row.id === "string" && row.id ? () => openConnection(row.id) : null;
}

// A card that opens its connection has what tells connections apart; every other has all there is, as far as there is room.
const IN_BRIEF = ["record_type", "active", "tags", "created_at", "count"];
const NAMELESS = new Set(["record_type", "active", "tags"]); // their values say what they are

function cards(view, rows) {
  const [first, ...others] = view.columns;
  return h(
    "ul",
    { class: "cards" },
    rows.map((row, place) => {
      const brief = openerOf(row) && !fullScreen();
      const set = others.filter(({ key, name }) => plain(row.cells[key]) !== "" && (!brief || IN_BRIEF.includes(name)));
      const some = view.allFields || fullScreen() ? set : set.slice(0, CARD_FIELDS);
      return h(
        "li",
        null,
        h("div", { class: "name" }, opener(row, shown(first.name, row.cells[first.key]), place)),
        h(
          "dl",
          null,
          some.map((column) => cardField(row, column)),
        ),
        set.length > some.length &&
          button(`fields ${place}`, `${count(set.length - some.length, "more field")}`, () =>
            change(view, { allFields: true, more: true }),
          ),
      );
    }),
  );
}

function cardField(row, { key, name }) {
  return h(
    "div",
    null,
    h("dt", { class: NAMELESS.has(name) && "hidden" }, foreign(label(name))),
    h("dd", null, shown(name, row.cells[key])),
  );
}
