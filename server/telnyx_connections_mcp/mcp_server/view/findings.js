// What the audit says: worst first, each with why it matters and what to do.
const SEVERITIES = ["error", "warning", "info"];
const MARKS = { error: "✕", warning: "!", info: "i" };

function findingsOf(view, size) {
  const worst = (finding) => (SEVERITIES.indexOf(finding.severity) + SEVERITIES.length + 1) % (SEVERITIES.length + 1);
  const sorted = view.rows.toSorted((one, other) => worst(one) - worst(other));
  if (!sorted.length) return h("p", { class: "empty" }, "Nothing found.");
  view.first = Math.min(view.first, sorted.length - 1);
  return h(
    "ol",
    { class: "findings", start: view.first + 1 },
    sorted.slice(view.first, view.first + size).map((finding, place) => h("li", null, aboutFinding(finding, place))),
  );
}

function aboutFinding(finding, place) {
  const by = canAsk() && finding.all_by;
  return [
    h(
      "div",
      { class: "line" },
      severity(finding.severity),
      h("h2", null, foreign(words(String(finding.check)))),
      by
        ? button(
            `open ${place}`,
            [`List ${finding.count ?? ""}`, hidden(` with ${words(String(finding.check))}`)],
            () => listAll(finding.all_by),
          )
        : h("span", { class: "count" }, numberOf(finding)),
    ),
    finding.why && h("p", null, foreign(finding.why)),
    finding.do && h("p", null, h("b", null, "Do: "), foreign(finding.do)),
    finding.note && h("p", null, foreign(finding.note)),
    !by && namedIn(finding),
  ];
}

function severity(name) {
  const known = SEVERITIES.includes(name) ? name : "info";
  return h(
    "span",
    { class: `severity ${known}` },
    h("span", { "aria-hidden": "true" }, `${MARKS[known]} `),
    foreign(words(String(name))),
  );
}

function numberOf(finding) {
  return typeof finding.count === "number" ? count(finding.count, "connection") : "";
}

// Where the page may not ask, the connections that the answer names.
function namedIn(finding) {
  const some = Array.isArray(finding.connections) ? finding.connections : [];
  return (
    some.length > 0 &&
    h(
      "p",
      null,
      some.map((connection, at) => [at > 0 && ", ", foreign(connection.connection_name || connection.id)]),
    )
  );
}

// All by the condition that the audit gives; with every column, not only those that it names.
function listAll({ fields: _, limit: __, ...condition }) {
  return openAnswer("search_connections", condition);
}
