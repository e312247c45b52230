// An agent of the Vercel AI SDK: MODEL_URL COMMAND SERVER_URL.
import { createMCPClient } from "@ai-sdk/mcp";
import { StdioMCPTransport } from "@ai-sdk/mcp/mcp-stdio";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { ToolLoopAgent, stepCountIs } from "ai";

const [modelUrl, command, serverUrl] = process.argv.slice(2);
const model = createOpenAICompatible({ name: "scripted", baseURL: modelUrl })("scripted");
const transports = {
  stdio: new StdioMCPTransport({ command, args: ["--sandbox"] }),
  http: { type: "http", url: serverUrl },
};
for (const [about, transport] of Object.entries(transports)) {
  const client = await createMCPClient({ transport });
  const agent = new ToolLoopAgent({ model, tools: await client.tools(), stopWhen: stepCountIs(20) });
  console.log((await agent.generate({ prompt: `over ${about}` })).text);
  await client.close();
}
