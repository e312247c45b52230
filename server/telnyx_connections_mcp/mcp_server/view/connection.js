// One connection: its fields, then whatever else the answer has around it, then what the audit says.
const SAID_ELSEWHERE = new Set([
  "summary",
  "coverage",
  "changed",
  "shortened",
  "account",
  "connection",
  "findings",
  "as_of",
  "notes",
  "not_checked",
]);
const DEEPEST = 3;

// Up to `size` blocks: a field, a line, a finding.
function connectionOf(view, size) {
  const { connection, findings = [], ...rest } = view.data;
  const sections = [
    { title: null, blocks: fields(connection) },
    ...Object.entries(rest)
      .filter(([name, value]) => !SAID_ELSEWHERE.has(name) && value != null)
      .map(([name, value]) => ({ title: words(name), blocks: blocksOf(value, 0) })),
    Array.isArray(findings) &&
      findings.length > 0 && {
        title: "Findings",
        blocks: findings.map((finding) => h("div", { class: "block finding" }, finding_(finding, ""))),
      },
  ].filter(Boolean);
  view.blocks = sections.reduce((sum, { blocks }) => sum + blocks.length, 0);
  let room = view.more ? Infinity : size;
  return sections.map(({ title, blocks }) => {
    const some = blocks.slice(0, room);
    room -= some.length;
    return (
      some.length > 0 && h("section", null, title && h("h2", null, foreign(title)), h("div", { class: "blocks" }, some))
    );
  });
}

function fields(object) {
  return Object.entries(object ?? {}).map(([name, value]) => field(name, value));
}

function field(name, value) {
  const long = plain(value).length > 60;
  return h(
    "dl",
    { class: long ? "block long" : "block" },
    h("dt", null, foreign(label(name))),
    h("dd", null, shownWithin(name, value)),
  );
}

function shownWithin(name, value) {
  const nested =
    value &&
    typeof value === "object" &&
    !(Array.isArray(value) && value.every((one) => one === null || typeof one !== "object"));
  return nested ? h("div", { class: "nested" }, blocksOf(value, 1)) : shown(name, value);
}

// Anything that an answer may have around a connection: lists of objects, objects, texts.
function blocksOf(value, depth) {
  if (Array.isArray(value)) {
    return value.length
      ? value.map((one) =>
          h(
            "div",
            { class: "block" },
            depth > DEEPEST ? foreign(plain(one)) : one && typeof one === "object" ? inLine(one) : foreign(plain(one)),
          ),
        )
      : [h("p", { class: "block" }, "none")];
  }
  if (!value || typeof value !== "object") return [h("p", { class: "block long" }, foreign(plain(value)))];
  return depth > DEEPEST ? [h("p", { class: "block" }, foreign(plain(value)))] : fields(value);
}

function inLine(object) {
  return Object.entries(object)
    .filter(([, value]) => value != null && plain(value) !== "")
    .map(([name, value], at) => [
      at > 0 && " · ",
      h("span", { class: "part" }, h("span", { class: "quiet" }, `${label(name)} `), shown(name, value)),
    ]);
}
