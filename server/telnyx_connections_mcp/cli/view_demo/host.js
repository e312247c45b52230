// A host of MCP Apps (SEP-1865) as small as one can be. It asks the server it came from, and mounts the page in a frame.
const PROTOCOL = "2026-07-28";
const MOST_CALLS = 8; // of the page at a time
const QUESTIONS = {
  "Newest connections": ["search_connections", {}],
  "How many of each type?": ["search_connections", { group_by: ["record_type"] }],
  "Active by year": ["search_connections", { group_by: ["created_year", "active"] }],
  "Created per month": [
    "query_account",
    { sql: "SELECT strftime('%Y-%m', created_at) AS month, count(*) AS connections FROM connections GROUP BY month" },
  ],
  "What is wrong?": ["audit_connections", {}],
  "A mistake": ["search_connections", { where: { nam: "acme" } }],
};

const find = (id) => document.getElementById(id);
const context = { theme: "light", displayMode: "inline", availableDisplayModes: ["inline", "fullscreen"] };
let lastId = 0;
let calls = 0;
let frame;
let shown; // the question whose answer the frame shows

// The result of a tool, as any client of 2026 asks for it.
async function callTool(params) {
  const name = String(params?.name);
  const meta = {
    ...params?._meta,
    "io.modelcontextprotocol/protocolVersion": PROTOCOL,
    "io.modelcontextprotocol/clientInfo": { name: "demo", version: "1" },
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  const answer = await fetch("mcp", {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      Accept: "application/json, text/event-stream",
      "Mcp-Protocol-Version": PROTOCOL,
      "Mcp-Method": "tools/call",
      "Mcp-Name": name,
    },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: ++lastId,
      method: "tools/call",
      params: { ...params, name, _meta: meta },
    }),
  });
  const { result, error } = await messageOf(answer);
  if (error) throw new Error(error.message);
  return result;
}

async function messageOf(answer) {
  const text = await answer.text();
  if (!answer.headers.get("Content-Type")?.startsWith("text/event-stream")) return JSON.parse(text);
  const messages = text
    .split("\n")
    .filter((line) => line.startsWith("data: "))
    .map((line) => JSON.parse(line.slice(6)));
  return messages.find(({ id }) => id !== undefined);
}

async function ask(label) {
  const [name, toolArguments] = QUESTIONS[label];
  const question = { name, arguments: toolArguments };
  shown = question;
  find("asked").textContent = `${name} ${JSON.stringify(toolArguments)}`;
  for (const button of find("questions").children) button.setAttribute("aria-pressed", button.textContent === label);
  const result = await callTool(question).catch((error) => failure(error));
  if (shown !== question) return;
  find("text").textContent = result.content.map(({ text }) => text).join("\n");
  setContext({ displayMode: "inline" });
  question.result = result;
  frame = document.createElement("iframe");
  frame.title = "The answer";
  frame.setAttribute("sandbox", "allow-scripts");
  frame.src = "view";
  find("place").replaceChildren(frame);
}

function failure(error) {
  return { content: [{ type: "text", text: `The server gave no answer: ${error.message}` }], isError: true };
}

function post(message) {
  frame.contentWindow.postMessage({ jsonrpc: "2.0", ...message }, "*"); // the frame has no origin to name
}

const ANSWERS = {
  "ui/initialize": () => ({
    protocolVersion: "2026-01-26",
    hostInfo: { name: "telnyx-connections-mcp demo", version: "1" },
    hostCapabilities: { serverTools: {} },
    hostContext: context,
  }),
  "ui/request-display-mode": ({ mode }) => {
    setContext({ displayMode: mode === "fullscreen" ? "fullscreen" : "inline" });
    return { mode: context.displayMode };
  },
  "tools/call": async (params) => {
    if (calls >= MOST_CALLS) throw new Error("Too many requests at a time.");
    calls++;
    return callTool(params).finally(() => calls--);
  },
  ping: () => ({}),
};

const HEARD = {
  "ui/notifications/initialized": () => {
    post({ method: "ui/notifications/tool-input", params: { arguments: shown.arguments } });
    post({ method: "ui/notifications/tool-result", params: shown.result });
  },
  "ui/notifications/size-changed": ({ height }) => {
    if (height > 0) frame.style.height = `${Math.min(height, 5000)}px`;
  },
};

function setContext(changes) {
  Object.assign(context, changes);
  document.documentElement.dataset.theme = context.theme;
  find("place").classList.toggle("full", context.displayMode === "fullscreen");
  if (frame?.isConnected) post({ method: "ui/notifications/host-context-changed", params: changes });
}

window.addEventListener("message", async ({ source, data }) => {
  if (source !== frame?.contentWindow || data?.jsonrpc !== "2.0") return;
  const { id, method, params = {} } = data;
  if (id === undefined) return void (Object.hasOwn(HEARD, method) && HEARD[method](params));
  if (!Object.hasOwn(ANSWERS, method))
    return post({ id, error: { code: -32601, message: "This host does not have that method." } });
  try {
    post({ id, result: await ANSWERS[method](params) });
  } catch (error) {
    post({ id, error: { code: -32603, message: error.message } });
  }
});

for (const label of Object.keys(QUESTIONS)) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = label;
  button.addEventListener("click", () => ask(label));
  find("questions").append(button);
}
find("theme").addEventListener("click", ({ target }) => {
  setContext({ theme: context.theme === "dark" ? "light" : "dark" });
  target.textContent = context.theme === "dark" ? "Light theme" : "Dark theme";
});
find("width").addEventListener("click", ({ target }) => {
  target.setAttribute("aria-pressed", find("place").classList.toggle("narrow"));
});
ask("What is wrong?");
