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

// Hears `notifications` (handlers by method) from before the handshake on: a host may speak at once. `started` is given
// what the host told, before the host learns that it may go on.
async function connect(notifications, started) {
  window.addEventListener("message", ({ source, data: message }) => {
    if (source !== window.parent || message?.jsonrpc !== "2.0") return;
    if (message.method === undefined) settle(message);
    else if (message.id !== undefined) answer(message);
    else if (Object.hasOwn(notifications, message.method)) notifications[message.method](message.params ?? {});
  });
  const told = await request("ui/initialize", {
    protocolVersion: PROTOCOL,
    appInfo: { name: "telnyx-connections", version: "1" },
    appCapabilities: { availableDisplayModes: ["inline", "fullscreen"] },
  });
  started(told);
  notify("ui/notifications/initialized");
}

function settle({ id, result, error }) {
  const asked = waiting.get(id);
  waiting.delete(id);
  if (error) asked?.reject(new Error(String(error.message ?? "The host refused.")));
  else asked?.resolve(result ?? {});
}

function answer({ id, method }) {
  if (method === "ping" || method === "ui/resource-teardown") post({ id, result: {} });
  else post({ id, error: { code: -32601, message: "This page does not have that method." } });
}
