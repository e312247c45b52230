// For orientation in http_load.py: the TypeScript SDK's own HTTP server, whose one tool returns the bytes of BARE_ANSWER.
import { createServer } from "node:http";
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { CallToolRequestSchema } from "@modelcontextprotocol/sdk/types.js";

const text = process.env.BARE_ANSWER;
const answer = { content: [{ type: "text", text }], structuredContent: JSON.parse(text) };

async function respond(request, response) {
  const server = new Server({ name: "bare", version: "1" }, { capabilities: { tools: {} } });
  server.setRequestHandler(CallToolRequestSchema, async () => answer);
  const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined, enableJsonResponse: true });
  await server.connect(transport);
  await transport.handleRequest(request, response);
}

const listener = createServer(respond).listen(0, "127.0.0.1", () => {
  console.error(`http://127.0.0.1:${listener.address().port}/mcp`);
});
