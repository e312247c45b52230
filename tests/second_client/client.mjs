// One session of a client that shares no code with our server: `node client.mjs sdk|client COMMAND ARGUMENT...`, or the
// URL of a server over HTTP in place of the command.
// It prints what it was told as one JSON object. A structured answer that breaks its outputSchema makes it throw.

const [maker, command, ...args] = process.argv.slice(2);

const makers = {
  // 1.x: the handshake of 2025.
  sdk: async () => {
    const { Client } = await import("@modelcontextprotocol/sdk/client/index.js");
    const { StdioClientTransport } = await import("@modelcontextprotocol/sdk/client/stdio.js");
    const { StreamableHTTPClientTransport } = await import("@modelcontextprotocol/sdk/client/streamableHttp.js");
    return [Client, StdioClientTransport, StreamableHTTPClientTransport, {}];
  },
  // 2.x: it finds out that the server speaks 2026 and does without a handshake.
  client: async () => {
    const { Client, StreamableHTTPClientTransport } = await import("@modelcontextprotocol/client");
    const { StdioClientTransport } = await import("@modelcontextprotocol/client/stdio");
    return [Client, StdioClientTransport, StreamableHTTPClientTransport, { versionNegotiation: { mode: "auto" } }];
  },
};

const [Client, StdioClientTransport, StreamableHTTPClientTransport, options] = await makers[maker]();
const client = new Client({ name: "second-client", version: "1" }, options);
const overHttp = command.startsWith("http");
await client.connect(
  overHttp
    ? new StreamableHTTPClientTransport(new URL(command))
    : new StdioClientTransport({ command, args, env: process.env }),
);

const ask = (question) => client.callTool({ name: "list_connections", arguments: question });
const refusal = (promise) => promise.then(() => null, (error) => ({ code: error.code, message: error.message }));

const said = {
  era: client.getNegotiatedProtocolVersion?.() ?? null, // 1.x does not tell
  server: client.getServerVersion(),
  tools: (await client.listTools()).tools, // from here on the client checks answers against their outputSchema
  found: await ask({ filter: { connection_name: { contains: "acme" } }, page: { number: 1, size: 2 } }),
  second_page: await ask({ page: { number: 2, size: 10 } }),
  mistyped: await ask({ page: { sise: 10 } }),
  prompts: (await client.listPrompts()).prompts,
  prompt: await client.getPrompt({ name: "find-connection", arguments: { hint: "sip.acme.example" } }),
  prompt_without_hint: await refusal(client.getPrompt({ name: "find-connection", arguments: {} })),
};
const page = said.tools.find((tool) => tool.name === "search_connections")._meta.ui.resourceUri;
said.page = {
  capability: client.getServerCapabilities().extensions ?? null,
  listed: (await client.listResources()).resources.find((resource) => resource.uri === page),
  read: (await client.readResource({ uri: page })).contents,
  old: (await client.readResource({ uri: "ui://connections/000000000" })).contents,
  groups: await client.callTool({ name: "search_connections", arguments: { group_by: ["active"] } }),
};
said.page.told = said.page.groups._meta["telnyx-connections-mcp/view"];
said.page.rows = await client.callTool({
  name: "search_connections",
  arguments: { where: said.page.told.drill[0], limit: 250 },
  _meta: { "telnyx-connections-mcp/view": { page: true } },
});
await client.close();
console.log(JSON.stringify(said));
