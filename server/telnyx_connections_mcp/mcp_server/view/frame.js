// What stands around the rows: heading and tools above, pages, coverage and notes below.
const FIRST_NOTES = 1;
const LONG_NOTE = 160; // characters

function head(view) {
  const many = view.rows?.length > 5 || view.left;
  return h(
    "header",
    null,
    views.length > 1 && button("back", "‹ Back", back),
    h("h1", { tabindex: "-1" }, view.foreign ? foreign(view.title) : view.title),
    many && view.kind === "table" && filterOf(view),
    !narrow() && chartButton(view),
    view.data &&
      gridable(view) &&
      button("more", narrow() ? "More" : "Copy", () => change(view, { open: !view.open, text: null }), {
        "aria-expanded": String(Boolean(view.open)),
      }),
    !(narrow() && view.data && gridable(view)) && screenButton(),
  );
}

function chartButton(view) {
  if (!view.chart) return null;
  const first = view.asTable && view.chart.time ? null : 0;
  return button("as", view.asTable ? "Chart" : "Table", () => change(view, { asTable: !view.asTable, first }));
}

function gridable(view) {
  return view.rows?.length > 0 || view.kind === "connection";
}

function filterOf(view) {
  const changed = ({ target, isComposing }) => isComposing || change(view, { filter: target.value, first: 0 });
  return h("input", {
    type: "search",
    "data-key": "filter",
    placeholder: "Filter",
    "aria-label": `Filter the ${count(view.rows.length, "row")} loaded`,
    value: view.filter,
    input: changed,
    compositionend: changed,
  });
}

function screenButton() {
  const { availableDisplayModes, displayMode = "inline" } = host.context;
  const other = displayMode === "fullscreen" ? "inline" : "fullscreen";
  if (!Array.isArray(availableDisplayModes) || !availableDisplayModes.includes(other)) return null;
  return button("screen", other === "inline" ? "Back to chat" : "Full screen", async () => {
    const { mode } = await request("ui/request-display-mode", { mode: other }).catch(() => ({}));
    if (mode) adopt({ displayMode: mode });
  });
}

// The tools that there is no room for above.
function toolsOf(view) {
  if (!view.open) return null;
  return h(
    "div",
    { class: "tools", role: "group", "aria-label": "Copy what is loaded" },
    button("csv", "Copy as CSV", () => copy(view, csv)),
    button("markdown", "Copy as Markdown", () => copy(view, markdown)),
    host.capabilities.downloadFile && button("save", "Save as CSV", () => download(view)),
    narrow() && [chartButton(view), screenButton()],
    view.text && h("textarea", { readonly: true, rows: "4", "aria-label": "The text to copy" }, view.text),
  );
}

// The sentence of the answer; where a part of the account is missing, nobody can overlook that.
function sentence(view) {
  const said = view.data.summary.replace(/; \d+ to \d+ are shown(?=[,.])/, ""); // the pages below say that
  const why = parts(view.data)
    .filter(([, part]) => part.complete === false)
    .map(([name, part]) => part.why ?? `not all ${plainName(name)} were read`);
  if (!why.length) return h("p", { class: "sentence" }, foreign(said));
  const rest = said.startsWith("INCOMPLETE") ? said.slice("INCOMPLETE".length) : `: ${why.join("; ")}. ${said}`;
  return h("p", { class: "sentence incomplete" }, h("strong", null, "INCOMPLETE"), foreign(rest));
}

// The coverage of each list that the answer is made of.
function parts({ coverage }) {
  if (!coverage || typeof coverage !== "object") return [];
  const lists = typeof coverage.read === "number" ? { connections: coverage, ...coverage.also } : coverage;
  return Object.entries(lists).filter(([, part]) => typeof part?.read === "number");
}

function plainName(name) {
  return name.replaceAll("_", " ");
}

function coverageOf({ data }) {
  const read = parts(data).map(
    ([name, part]) =>
      `${part.read.toLocaleString("en")} of ${part.of?.toLocaleString("en") ?? "an unknown number of"} ${plainName(name)}`,
  );
  const time = parts(data)[0]?.[1].as_of ?? data.as_of;
  return h(
    "p",
    { class: "coverage" },
    data.account && ["Account ", foreign(data.account), ". "],
    read.length > 0 && `Read ${read.join(", ")}`,
    time && [read.length > 0 ? ", as of " : "As of ", instant(time)],
    ".",
  );
}

function notesIn(view) {
  if (!view.notes.length) return null;
  const some = view.allNotes ? view.notes : view.notes.slice(0, FIRST_NOTES);
  const cut = !view.allNotes && (view.notes.length > some.length || some.some((note) => note.length > LONG_NOTE));
  return h(
    "div",
    { class: view.allNotes ? "notes" : "notes brief" },
    some.map((note) => h("p", null, foreign(note))),
    cut &&
      button("notes", `${count(view.notes.length, "note")} in full`, () =>
        change(view, { allNotes: true, more: true }),
      ),
  );
}

// Pages over what is loaded; turning beyond the last loads more.
function pager(view) {
  const shownRows = view.pageSize;
  const rows = view.points ?? (view.kind === "table" ? chosen(view).length : view.rows.length);
  const beyond = view.left && canAsk() && !view.filter;
  const last = view.first + shownRows >= rows;
  const columns = columnPager(view);
  const longer =
    canAsk() &&
    view.data.shortened &&
    view.data.columns &&
    view.arguments.sql &&
    view.arguments.limit !== LONGEST_RESULT;
  if (rows <= shownRows && !view.left && !columns && !longer) return null;
  const time = view.chart?.time && !view.asTable;
  return h(
    "nav",
    { "aria-label": "Pages" },
    button(
      "previous",
      turning("‹ ", time ? "Earlier" : "Previous", ""),
      () => change(view, { first: Math.max(0, view.first - shownRows) }),
      { off: view.first === 0 },
    ),
    h("span", { class: "place", "data-first": view.first }, place(view, Math.min(shownRows, rows - view.first), rows)),
    button("next", turning("", time ? "Later" : "Next", " ›"), () => turn(view), { off: last && !beyond }),
    beyond && allButton(view),
    longer && button("all", `Load up to ${LONGEST_RESULT}`, () => loadLonger(view)),
    columns,
  );
}

function allButton(view) {
  const label = busy ? "Stop" : `Load all ${total(view).toLocaleString("en")}`;
  return button("all", label, () => (busy ? Object.assign(view, { stopped: true }) : loadAll(view)));
}

function place(view, number, rows = 0) {
  const loaded = view.points ?? view.rows.length;
  const of = view.filter
    ? `${rows.toLocaleString("en")} found in ${loaded.toLocaleString("en")} loaded`
    : (view.points ?? total(view)).toLocaleString("en");
  const from = (view.first + 1).toLocaleString("en");
  return number > 1 ? `${from}–${(view.first + number).toLocaleString("en")} of ${of}` : `${number && from} of ${of}`;
}

function turning(before, name, after) {
  return narrow() ? [h("span", { "aria-hidden": "true" }, before || after), hidden(name)] : `${before}${name}${after}`;
}

function columnPager(view) {
  const others = (view.columns?.length ?? 0) - 1;
  if (view.kind !== "table" || charted(view) || narrow() || others <= view.columnRoom) return null;
  return button("columns", `More columns (${view.columnRoom + 1} of ${others + 1})`, () => {
    const at = view.column + view.columnRoom;
    change(view, { column: at >= others ? 0 : at });
  });
}

async function turn(view) {
  const size = view.pageSize;
  if (view.first + size >= chosen(view).length) {
    await busyWith("Loading …", () => load(view, view.first + 2 * size));
    if (view.first + size >= view.rows.length) return draw();
  }
  return change(view, { first: view.first + size });
}
