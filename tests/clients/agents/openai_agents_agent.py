"""An agent of the OpenAI Agents SDK: MODEL_URL COMMAND SERVER_URL."""

import asyncio
import sys

from agents import Agent, OpenAIChatCompletionsModel, Runner, set_tracing_disabled
from agents.mcp import MCPServerStdio, MCPServerStreamableHttp
from openai import AsyncOpenAI


async def main(model_url: str, command: str, server_url: str) -> None:
    set_tracing_disabled(disabled=True)
    model = OpenAIChatCompletionsModel("scripted", AsyncOpenAI(base_url=model_url, api_key="none"))
    servers = {
        "stdio": MCPServerStdio({"command": command, "args": ["--sandbox"]}),
        "http": MCPServerStreamableHttp({"url": server_url}),
    }
    for about, server in servers.items():
        async with server:
            agent = Agent("asker", model=model, mcp_servers=[server])
            print((await Runner.run(agent, f"over {about}", max_turns=20)).final_output)


asyncio.run(main(*sys.argv[1:]))
