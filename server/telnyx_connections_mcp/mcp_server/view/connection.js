// One connection: its fields, what the audit says, then what surrounds it.
const FIRST_PARTS = ["numbers", "profile", "addresses", "ips", "fqdns", "registration", "failures", "changes"];
const DEEPEST = 3;

// Up to `size` blocks: a field, a row, a finding.
function connectionOf(view, size) {
  const { connection, findings, parts = {} } = view.data;
  const place = ([name]) => (FIRST_PARTS.indexOf(name) + FIRST_PARTS.length + 1) % (FIRST_PARTS.length + 1);
  const lists = Object.entries(parts)
    .flatMap(([name, part]) => partsOf(name, part))
    .sort((one, other) => place(one) - place(other));
  const empty = lists.filter(([, part]) => isList(part) && !part.rows?.length);
  const sections = [
    { blocks: fieldsOf(connection) },
    {
      title: "Findings",
      blocks: (findings ?? []).map((one) => h("div", { class: "block finding" }, aboutFinding(one))),
    },
    ...lists.filter((list) => !empty.includes(list)).map(([name, part]) => sectionOf(name, part, connection.id)),
    { title: "Nothing to show", blocks: empty.map(([name, part]) => emptyOf(name, part)) },
  ].filter(({ blocks }) => blocks.length);
  view.blocks = sections.reduce((sum, { blocks }) => sum + blocks.length, 0);
  let room = view.more ? Infinity : size;
  return sections.map(({ title, blocks }) => {
    const some = blocks.slice(0, room);
    room -= some.length;
    return some.length > 0 && h("section", null, title && h("h2", null, title), h("div", { class: "blocks" }, some));
  });
}

// The lists and objects that a part is made of, those first that tell most; settings are long.
function partsOf(name, part) {
  const inner = Object.entries(part ?? {});
  return inner.length > 0 && !isList(part) && inner.every(([, one]) => isList(one)) ? inner : [[name, part]];
}

function isList(part) {
  return ["of", "rows", "unreadable"].some((name) => Object.hasOwn(part ?? {}, name));
}

function emptyOf(name, { unreadable, within, note }) {
  const said = unreadable
    ? `could not be read: ${unreadable}`
    : ["none", within && `in ${within}`, note].filter(Boolean).join(" ");
  return field(name, said);
}

function sectionOf(name, part, id) {
  if (!isList(part)) {
    const others = Object.entries(part ?? {}).filter(([key, value]) => key !== "connection_id" || value !== id);
    return { title: words(name), blocks: fieldsOf(Object.fromEntries(others)) };
  }
  const { of, rows, more, within, note } = part;
  const notes = [more && `and ${more} more`, note]
    .filter(Boolean)
    .map((said) => h("p", { class: "block long" }, foreign(said)));
  const title = [words(name), of !== undefined && ` (${of})`, within && ` in ${within}`].filter(Boolean).join("");
  return { title, blocks: [...rows.map((row) => h("div", { class: "block long" }, inLine(row))), ...notes] };
}

function fieldsOf(object) {
  return Object.entries(object ?? {}).map(([name, value]) => field(name, value));
}

function field(name, value, depth = 0) {
  const nested = depth < DEEPEST && isNested(value);
  const inside = nested
    ? h(
        "div",
        { class: "nested" },
        Object.entries(value).map(([key, one]) => field(key, one, depth + 1)),
      )
    : shown(name, value);
  const long = nested || plain(value).length > 60;
  return h("dl", { class: long ? "block long" : "block" }, h("dt", null, foreign(label(name))), h("dd", null, inside));
}

function isNested(value) {
  return (
    value && typeof value === "object" && (!Array.isArray(value) || value.some((one) => one && typeof one === "object"))
  );
}

function inLine(row) {
  if (!row || typeof row !== "object") return foreign(plain(row));
  return Object.entries(row)
    .filter(([name, value]) => plain(value) !== "" && name !== "connection_id")
    .map(([name, value], at) => [
      at > 0 && " · ",
      h("span", null, h("span", { class: "quiet" }, foreign(label(name)), " "), shown(name, value)),
    ]);
}
