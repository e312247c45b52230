// Speaks with the host (MCP Apps, SEP-1865): JSON-RPC 2.0 by postMessage with the window above.
const PROTOCOL = "2026-01-26";
const waiting = new Map();
let lastId = 0;

function post(message) {
  window.parent.postMessage({ jsonrpc: "2.0", ...message }, "*");
}

// The result of a request to the host. Rejects with what the host said was wrong.
function request(method, params) {
  const id = ++lastId;
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject });
    post({ id, method, params });
  });
}

function notify(method, params = {}) {
  post({ method, params });
}

// Hear `notifications` (handlers by method) before the handshake: a host may speak at once. Resolves with what it told.
async function connect(notifications) {
  window.addEventListener("message", (event) => {
    const message = event.data;
    if (event.source !== window.parent || message?.jsonrpc !== "2.0") return;
    if (message.method === undefined) settle(message);
    else if (message.id === undefined) notifications[message.method]?.(message.params ?? {});
    else answer(message);
  });
  const told = await request("ui/initialize", {
    protocolVersion: PROTOCOL,
    appInfo: { name: "telnyx-connections", version: "1" },
    appCapabilities: { availableDisplayModes: ["inline", "fullscreen"] },
  });
  notify("ui/notifications/initialized");
  return told;
}

function settle({ id, result, error }) {
  const asked = waiting.get(id);
  waiting.delete(id);
  if (error) asked?.reject(new Error(String(error.message ?? "The host refused.")));
  else asked?.resolve(result ?? {});
}

function answer({ id, method }) {
  if (method === "ping" || method === "ui/resource-teardown") post({ id, result: {} });
  else post({ id, error: { code: -32601, message: `This page has no ${method}` } });
}
