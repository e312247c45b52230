// What is loaded, as CSV or Markdown. Texts of an account stay texts there too.
const FORMULA = /(^|;)(\s*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20][^;])/g; // as in the files that `export` writes
const NUMBER = /^[+-]?[0-9]+(\.[0-9]+)?$/;

function csv(grid) {
  return grid.map((row) => row.map(csvCell).join(",") + "\n").join("");
}

function csvCell(value) {
  const text = NUMBER.test(value) ? value : value.replace(FORMULA, "$1$2'");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function markdown(grid) {
  const [head, ...rows] = grid.map((row) => `| ${row.map(markdownCell).join(" | ")} |`);
  return [head, `|${" --- |".repeat(grid[0].length)}`, ...rows, ""].join("\n");
}

function markdownCell(value) {
  // no text may become a link, an image or HTML where it is pasted
  return value
    .replace(/\s+/g, " ")
    .replace(/[\\`*_{}[\]<>()#!|~&]/g, "\\$&")
    .replace(/:\/\//g, ":\\/\\/");
}

// The head and the rows of a view, as texts.
function gridOf(view) {
  if (view.kind === "findings") {
    const names = ["severity", "check", "count", "why", "do"];
    return [names, ...view.rows.map((finding) => names.map((name) => plain(finding[name])))];
  }
  if (view.kind === "connection")
    return [["field", "value"], ...Object.entries(view.data.connection).map(([name, value]) => [name, plain(value)])];
  const columns =
    view.columns.some(({ name }) => name === "id") || !view.rows.some(({ id }) => id)
      ? view.columns
      : [{ key: "id", name: "id" }, ...view.columns];
  return [
    columns.map(({ name }) => name),
    ...chosen(view).map(({ cells }) => columns.map(({ key }) => plain(cells[key]))),
  ];
}

function howMany(view, grid) {
  const rows = count(grid.length - 1, view.kind === "connection" ? "field" : "row");
  return view.left || view.filter ? `${rows} of ${total(view).toLocaleString("en")}` : rows;
}

async function copy(view, write) {
  const grid = gridOf(view);
  const text = write(grid);
  try {
    if (document.featurePolicy?.allowsFeature("clipboard-write") === false) throw new Error("not allowed here");
    await navigator.clipboard.writeText(text);
  } catch {
    if (!copiedBySelection(text)) return handOver(text);
  }
  say(`Copied ${howMany(view, grid)}.`);
  return undefined;
}

function copiedBySelection(text) {
  const focused = document.activeElement;
  const area = h("textarea", { class: "hidden", readonly: true });
  area.value = text;
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  focused?.focus({ preventScroll: true });
  return copied;
}

// Where the host forbids copying: the text, selected.
function handOver(text) {
  const view = views.at(-1);
  view.text = text;
  draw();
  document.querySelector("textarea")?.select();
  say("This host does not let the page copy: press Ctrl+C or ⌘C.");
}

async function download(view) {
  const grid = gridOf(view);
  const resource = { uri: "file:///connections.csv", mimeType: "text/csv", text: csv(grid) };
  await busyWith("Saving …", async () => {
    const { isError } = await request("ui/download-file", { contents: [{ type: "resource", resource }] });
    say(isError ? "The host did not save the file." : `Handed ${howMany(view, grid)} to the host.`);
  });
}
