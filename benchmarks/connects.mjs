// One connect of a client that shares no code with our server: `node connects.mjs CLIENT COMMAND ARGUMENT...`.
// It prints the tools' names; whatever goes wrong makes it fail.

const [maker, command, ...args] = process.argv.slice(2);
const env = process.env;

let begun; // once the client is imported

async function connected(Client, Transport, options) {
  begun = performance.now();
  const client = new Client({ name: "connects", version: "1" }, options);
  await client.connect(new Transport({ command, args, env }));
  return client;
}

const makers = {
  // It gives `server/discover` one second, then begins as clients of 2025 do.
  "ai-sdk": async () => {
    const { createMCPClient } = await import("@ai-sdk/mcp");
    const { Experimental_StdioMCPTransport } = await import("@ai-sdk/mcp/mcp-stdio");
    begun = performance.now();
    const client = await createMCPClient({ transport: new Experimental_StdioMCPTransport({ command, args, env }) });
    return [Object.keys(await client.tools()), client];
  },
  "typescript-1": async () => {
    const { Client } = await import("@modelcontextprotocol/sdk/client/index.js");
    const { StdioClientTransport } = await import("@modelcontextprotocol/sdk/client/stdio.js");
    const client = await connected(Client, StdioClientTransport, {});
    return [(await client.listTools()).tools.map((tool) => tool.name), client];
  },
  "typescript-2-handshake": () => typescript2({}),
  "typescript-2-auto": () => typescript2({ versionNegotiation: { mode: "auto" } }),
};

async function typescript2(options) {
  const { Client } = await import("@modelcontextprotocol/client");
  const { StdioClientTransport } = await import("@modelcontextprotocol/client/stdio");
  const client = await connected(Client, StdioClientTransport, options);
  return [(await client.listTools()).tools.map((tool) => tool.name), client];
}

const [tools, client] = await makers[maker]();
const milliseconds = performance.now() - begun;
await client.close();
console.log(JSON.stringify({ tools, milliseconds }));
