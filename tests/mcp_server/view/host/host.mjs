// A host of MCP Apps, as small as one can be: the official client asks our server, the official bridge mounts the page.
// Tests call `mount` and look at `seen`.
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { AppBridge, PostMessageTransport, getToolUiResourceUri } from "@modelcontextprotocol/ext-apps/app-bridge";

const seen = { heights: [], calls: [], downloads: [], other: [], era: null };
let bridge;

async function connect({ url, legacy }) {
  const client = new Client(
    { name: "host-of-the-view", version: "1" },
    {
      versionNegotiation: { mode: legacy ? "legacy" : "auto" },
      capabilities: { extensions: { "io.modelcontextprotocol/ui": { mimeTypes: ["text/html;profile=mcp-app"] } } },
    },
  );
  await client.connect(new StreamableHTTPClientTransport(new URL(url, location.href)));
  seen.era = client.getNegotiatedProtocolVersion();
  return client;
}

async function pageOf(client, tool) {
  const { tools } = await client.listTools();
  const uri = getToolUiResourceUri(tools.find(({ name }) => name === tool));
  const { contents } = await client.readResource({ uri });
  return contents[0].text;
}

// Calls `tool` and shows the answer, or `result`, or what else a host may send, in the page that the server binds to
// it, or in `html`. What the page asks is answered by the server, or by `answers`, one after the other.
async function mount({
  server,
  tool,
  arguments: toolArguments = {},
  html,
  result,
  answers,
  cancelled,
  silent,
  context = {},
  capabilities,
}) {
  document.body.className = context.theme ?? "light";
  const client = server && (await connect(server));
  const source = html ?? (await pageOf(client, tool));
  const answer =
    result ??
    (client && !cancelled && !silent ? await client.callTool({ name: tool, arguments: toolArguments }) : undefined);
  const frame = document.createElement("iframe");
  frame.title = "sandbox";
  bridge = new AppBridge(null, { name: "host-of-the-view", version: "1" }, capabilities ?? { serverTools: {} }, {
    hostContext: context,
  });
  bridge.oncalltool = (params) => {
    seen.calls.push(params);
    return answers ? answers.shift() : client.callTool(params);
  };
  bridge.ondownloadfile = async ({ contents }) => {
    seen.downloads.push(...contents);
    return {};
  };
  bridge.onrequestdisplaymode = async ({ mode }) => {
    bridge.setHostContext({ ...context, displayMode: mode });
    return { mode };
  };
  for (const way of ["onmessage", "onupdatemodelcontext", "onopenlink"]) {
    bridge[way] = async (params) => {
      seen.other.push([way, params]);
      return {};
    };
  }
  bridge.addEventListener("sizechange", ({ width, height }) => {
    seen.heights.push(height);
    if (width !== undefined) seen.other.push(["width", width]);
    frame.style.height = `${height}px`;
  });
  bridge.addEventListener("sandboxready", () =>
    bridge.sendSandboxResourceReady({ html: source, sandbox: "allow-scripts" }),
  );
  const ready = new Promise((resolve) => bridge.addEventListener("initialized", resolve));
  document.body.replaceChildren(frame);
  await bridge.connect(new PostMessageTransport(frame.contentWindow, frame.contentWindow));
  frame.src = `http://localhost:${location.port}/sandbox.html`;
  await ready;
  if (silent) return;
  if (client) await bridge.sendToolInput({ arguments: toolArguments });
  if (cancelled) await bridge.sendToolCancelled({ reason: cancelled });
  else if (answer) await bridge.sendToolResult(answer);
}

const changeContext = (context) => bridge.setHostContext(context);
const deliver = (result) => bridge.sendToolResult(result);
const teardown = () => bridge.teardownResource({});
Object.assign(window, { mount, changeContext, deliver, teardown, seen });
