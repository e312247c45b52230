// How the API's names and values read.
const SPELLED = {
  api: "API",
  dnis: "DNIS",
  dtmf: "DTMF",
  fqdn: "FQDN",
  fqdns: "FQDNs",
  id: "ID",
  ids: "IDs",
  ip: "IP",
  ips: "IPs",
  microsoft: "Microsoft",
  rtcp: "RTCP",
  rtp: "RTP",
  sbc: "SBC",
  sip: "SIP",
  sql: "SQL",
  srtp: "SRTP",
  texml: "TeXML",
  uac: "UAC",
  url: "URL",
  zoom: "Zoom",
};
const PLAIN_NAME = /^[a-z][a-z0-9_]{0,59}$/;
const MOMENT = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z$/;
const EVERY = { active: "state", record_type: "type", connection_name: "name", created_year: "year" };

// `ip_connection` as "IP connection". What does not look like a name of the API stays as it is.
function words(name) {
  if (!PLAIN_NAME.test(name)) return name;
  const said = name
    .split("_")
    .filter(Boolean)
    .map((word) => (Object.hasOwn(SPELLED, word) ? SPELLED[word] : word))
    .join(" ");
  return said.charAt(0).toUpperCase() + said.slice(1);
}

function label(name) {
  return words(Object.hasOwn(EVERY, name) ? EVERY[name] : name);
}

function count(number, singular) {
  return `${number.toLocaleString("en")} ${singular}${number === 1 ? "" : "s"}`;
}

// A value as one text, for sorting, filtering, copying.
function plain(value) {
  if (value == null) return "";
  if (Array.isArray(value)) return value.map(plain).join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

// A value as it is shown.
function shown(name, value) {
  if (value == null || value === "" || (Array.isArray(value) && !value.length))
    return h("span", { class: "unset" }, h("span", { "aria-hidden": "true" }, "–"), hidden("not set"));
  if (isState(name, value)) return state(Boolean(value));
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return chips(value);
  if (name === "record_type") return foreign(words(String(value)));
  return MOMENT.test(value) ? instant(value) : foreign(plain(value));
}

// `active`, which SQL has as 1 or 0.
function isState(name, value) {
  return name === "active" && (typeof value === "boolean" || value === 1 || value === 0);
}

function state(active) {
  return h(
    "span",
    { class: active ? "on" : "off" },
    h("span", { "aria-hidden": "true" }, active ? "● " : "○ "),
    active ? "active" : "inactive",
  );
}

function chips(values) {
  return h(
    "ul",
    { class: "chips" },
    values.map((value) => h("li", null, foreign(plain(value)))),
  );
}

function instant(iso) {
  return h("time", { datetime: iso }, String(iso).replace(MOMENT, "$1 $2 UTC"));
}
