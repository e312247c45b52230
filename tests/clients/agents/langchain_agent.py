"""An agent of LangChain: MODEL_URL COMMAND SERVER_URL."""

import asyncio
import sys
from typing import Any

from langchain.agents import create_agent
from langchain_mcp_adapters.client import MultiServerMCPClient
from langchain_mcp_adapters.tools import load_mcp_tools
from langchain_openai import ChatOpenAI


async def main(model_url: str, command: str, server_url: str) -> None:
    model = ChatOpenAI(model="scripted", base_url=model_url, api_key="none", use_responses_api=False)
    servers: dict[str, Any] = {
        "stdio": {"transport": "stdio", "command": command, "args": ["--sandbox"]},
        "http": {"transport": "streamable_http", "url": server_url},
    }
    for about, server in servers.items():
        async with MultiServerMCPClient({"telnyx": server}).session("telnyx") as session:
            agent = create_agent(model, await load_mcp_tools(session))
            said = await agent.ainvoke({"messages": [("user", f"over {about}")]}, {"recursion_limit": 50})
            print(said["messages"][-1].content)


asyncio.run(main(*sys.argv[1:]))
