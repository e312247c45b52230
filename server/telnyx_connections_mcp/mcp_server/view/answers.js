// What a result of a tool says, in the form that is drawn: recognised by its keys, because hosts do not tell the tool.
const OURS = "telnyx-connections-mcp/view";
const FIRST_COLUMNS = ["connection_name", "record_type", "active", "tags", "created_at", "updated_at", "webhook_host"];

function read(result, asked) {
  const ours = result._meta?.[OURS] ?? {};
  const source = { tool: ours.tool ?? asked.tool, arguments: ours.arguments ?? asked.arguments ?? {} };
  if (result.isError)
    return {
      kind: "problem",
      title: "No answer",
      text: textOf(result) || "The tool failed and did not say why.",
      ...source,
    };
  const data = dataOf(result);
  if (!data) return { kind: "lost", ...source };
  return { ...recognised(data, ours.drill ?? []), data, notes: notesOf(data), asOf: data.coverage?.as_of, ...source };
}

function textOf(result) {
  const blocks = Array.isArray(result.content) ? result.content : [];
  return blocks
    .filter((block) => typeof block?.text === "string")
    .map((block) => block.text)
    .join("\n");
}

// A host that replays an answer may have kept only its text, or nothing.
function dataOf(result) {
  if (typeof result.structuredContent?.summary === "string") return result.structuredContent;
  try {
    const data = JSON.parse(textOf(result));
    return typeof data?.summary === "string" ? data : null;
  } catch {
    return null;
  }
}

function recognised(data, drill) {
  if (data.connection && typeof data.connection === "object")
    return {
      kind: "connection",
      title: String(data.connection.connection_name || data.connection.id || "Connection"),
      foreign: true,
    };
  if (Array.isArray(data.findings)) return { kind: "findings", title: "Findings", rows: data.findings };
  if (Array.isArray(data.columns) && Array.isArray(data.rows)) return statement(data);
  if (Array.isArray(data.groups)) return groups(data, drill);
  const rows = data.connections ?? data.candidates;
  if (Array.isArray(rows)) return connections(rows, data.left);
  return { kind: "sentence", title: "Connections" };
}

function connections(found, left) {
  const names = [...new Set([...FIRST_COLUMNS, ...found.flatMap(Object.keys)])];
  const used = names.filter((name) => name !== "id" && found.some((row) => row[name] !== undefined));
  return {
    kind: "table",
    title: "Connections",
    columns: used.map((name) => ({ key: name, name })),
    rows: found.map((row) => ({ cells: row, id: row.id })),
    left,
  };
}

function statement({ columns: names, rows }) {
  const id = names.findIndex((name) => name === "id" || name === "connection_id");
  const columns = names.map((name, key) => ({ key, name }));
  const answer = {
    kind: "table",
    title: "Result",
    columns,
    rows: rows.map((cells) => ({ cells, id: cells[id] ?? undefined })),
  };
  return { ...answer, chart: chartOf(columns, answer.rows) };
}

function groups({ groups: found, left }, drill) {
  const keys = found.length ? Object.keys(found[0]).filter((key) => key !== "count" && key !== "spellings") : [];
  const columns = [...keys, "count"].map((name) => ({ key: name, name }));
  const title = keys.length
    ? `Connections by ${keys.map((key) => label(key).replace(/^[A-Z][a-z]/, (start) => start.toLowerCase())).join(" and ")}`
    : "Connections";
  const rows = found.map((cells, place) => ({ cells, where: drill[place] ?? null }));
  return {
    kind: "table",
    title,
    columns,
    rows,
    left,
    chart: keys.length
      ? { by: columns.slice(0, -1), value: columns.at(-1), time: timeOf(columns.slice(0, -1), rows) }
      : null,
  };
}

// Whether a statement's rows are one number per text, or pair of texts: what can be drawn as bars.
function chartOf(columns, rows) {
  const [by, value] = [columns.slice(0, -1), columns.at(-1)];
  if (by.length < 1 || by.length > 2 || rows.length < 2) return null;
  const numbers = rows.every(({ cells }) => Number.isFinite(cells[value.key]) && cells[value.key] >= 0);
  const texts = rows.every(({ cells }) => by.every(({ key }) => typeof cells[key] !== "number"));
  const once = new Set(rows.map(({ cells }) => JSON.stringify(by.map(({ key }) => cells[key])))).size === rows.length;
  return numbers && texts && once ? { by, value, time: timeOf(by, rows) } : null;
}

// The column that tells the year, month or day of every row.
function timeOf(by, rows) {
  const isTime = ({ key, name }) =>
    rows.every(
      ({ cells }) =>
        cells[key] == null ||
        (typeof cells[key] === "number" ? name === "created_year" : /^\d{4}(-\d\d){0,2}$/.test(cells[key])),
    );
  return rows.length > 1 ? (by.find(isTime) ?? null) : null;
}

// What was left out, masked, or could not be read. `INCOMPLETE` is said apart from these.
function notesOf(data) {
  const excluded = data.excluded_most;
  return [
    data.shortened && `Shortened: ${data.shortened}`,
    data.changed && `Masked or cleaned: ${data.changed}`,
    data.not_checked && `Not checked: ${data.not_checked}`,
    ...(Array.isArray(data.notes) ? data.notes : []),
    excluded && `Without the condition ${excluded.condition}, ${excluded.matches_without_it} would match.`,
    ...Object.entries(data.resolved ?? {}).map(([name, time]) => `${name}: ${time}`),
  ]
    .filter(Boolean)
    .map(String);
}
