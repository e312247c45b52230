"""An agent of Pydantic AI: MODEL_URL COMMAND SERVER_URL."""

import asyncio
import sys

from pydantic_ai import Agent
from pydantic_ai.mcp import MCPToolset, StdioTransport
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider


async def main(model_url: str, command: str, server_url: str) -> None:
    model = OpenAIChatModel("scripted", provider=OpenAIProvider(base_url=model_url, api_key="none"))
    for about, server in {"stdio": StdioTransport(command, ["--sandbox"]), "http": server_url}.items():
        print((await Agent(model, toolsets=[MCPToolset(server)]).run(f"over {about}")).output)


asyncio.run(main(*sys.argv[1:]))
