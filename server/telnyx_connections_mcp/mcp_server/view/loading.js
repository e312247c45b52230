// Asks the server, through the host, for more: another page, the connections of a group or finding, one connection.
const MOST_ROWS = 250; // of one request, as search_connections allows
const LONGEST_RESULT = 1000; // rows of query_account
const SORTED_BY_SERVER = ["connection_name", "active", "created_at", "updated_at"];

async function ask(tool, toolArguments) {
  const account = views.at(-1)?.data?.account;
  const asked = account && !toolArguments.account ? { ...toolArguments, account } : toolArguments;
  const params = { name: tool, arguments: asked, _meta: { [OURS]: { page: true } } }; // no model reads the answer
  const answer = read(await request("tools/call", params), { tool, arguments: asked });
  if (answer.kind === "problem") throw new Error(answer.text);
  if (answer.kind === "lost") throw new Error("The host gave no answer.");
  return answer;
}

// Does one thing at a time; what goes wrong is said, and the view stays.
async function busyWith(words, work) {
  if (busy) return;
  busy = true;
  say(words);
  try {
    await work();
  } catch (error) {
    say(error.message);
  } finally {
    busy = false;
  }
}

function openAnswer(tool, toolArguments) {
  return busyWith("Asking …", async () => open(await ask(tool, toolArguments)));
}

function openConnection(id) {
  return busyWith("Asking …", async () => {
    try {
      open(await ask("get_connection", { id, include: ["all"], detail: "full" }));
    } catch (error) {
      if (!error.message.includes("include")) throw error;
      open(await ask("get_connection", { id })); // of a server that tells nothing more
    }
  });
}

// A statement has no offset: the same with the most rows.
function loadLonger(view) {
  return busyWith("Loading …", async () => {
    const answer = await ask("query_account", { ...view.arguments, limit: LONGEST_RESULT });
    views.pop();
    open(answer);
  });
}

// Loads rows until there are `wanted`, all, or the person stops it. Pages of two readings of the account do not fit
// together: when the account was read again meanwhile, this starts over.
async function load(view, wanted) {
  const start = view.arguments.offset ?? 0;
  for (let again = 0; view.left && view.rows.length < wanted && !view.stopped;) {
    const page = await ask(view.tool ?? "search_connections", {
      ...view.arguments,
      offset: view.left.offset,
      limit: MOST_ROWS,
    });
    if (page.asOf !== view.asOf) {
      if (++again > 2) throw new Error("The account is being read again and again: ask once more.");
      Object.assign(view, { rows: [], notes: [], asOf: page.asOf, left: { ...page.left, offset: start } });
    } else {
      if (!page.rows?.length) throw new Error("The server gave no more rows, though some are left.");
      append(view, page);
    }
  }
}

function append(view, page) {
  view.rows.push(...page.rows);
  for (const column of page.columns)
    if (!view.columns.some(({ key }) => key === column.key)) view.columns.splice(-1, 0, column);
  view.notes = [...new Set([...view.notes, ...page.notes])];
  view.data = page.data;
  view.left = page.left;
  say(`Loaded ${view.rows.length.toLocaleString("en")} of ${count(total(view), view.chart ? "group" : "row")}.`);
}

// All rows that there are, loaded or not.
function total(view) {
  return (
    (view.left ? view.left.offset + (view.left.groups ?? view.left.count) - (view.arguments.offset ?? 0) : 0) ||
    view.rows.length
  );
}

function loadAll(view) {
  view.stopped = false;
  return busyWith("Loading …", async () => {
    draw();
    await load(view, Infinity);
  }).then(() => keepPlace(view));
}

function keepPlace(view) {
  view.stopped = false;
  if (views.at(-1) === view) draw();
}

// Sorts by a column: the server sorts what it can while rows are left, else what is loaded is sorted here.
function sortBy(view, key) {
  const descending = view.sort?.key === key && !view.sort.descending;
  if (!view.left || view.chart || !canAsk() || !SORTED_BY_SERVER.includes(key)) {
    Object.assign(view, { sort: { key, descending }, first: 0 });
    draw();
    if (view.left) say(`Sorted among the ${count(view.rows.length, "row")} loaded.`);
    return undefined;
  }
  return busyWith("Sorting …", async () => {
    const sorted = { ...view.arguments, sort: descending ? `-${key}` : key, offset: 0, limit: MOST_ROWS };
    const answer = await ask(view.tool ?? "search_connections", sorted);
    Object.assign(view, answer, { sort: { key, descending, done: true }, first: 0 });
    say(`Sorted by ${label(key).toLowerCase()}, ${descending ? "descending" : "ascending"}.`);
    draw();
  });
}
