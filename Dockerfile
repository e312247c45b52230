# syntax=docker/dockerfile:1
# An MCP server on standard input and output:
#   docker run -i --rm --init --read-only -e TELNYX_API_KEY IMAGE
# and over HTTP, which needs tokens or OAuth on any address but loopback:
#   docker run --rm --init --read-only -e TELNYX_API_KEY -p 8000:8000 IMAGE serve --http 0.0.0.0:8000

FROM python:3.13-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY server server
COPY prompts prompts
# The runtime environment needs no pip; installing into it compiles everything to bytecode.
RUN pip wheel --no-deps --wheel-dir /wheels . && \
    python -m venv --without-pip /app && \
    pip --python /app/bin/python install "$(echo /wheels/*.whl)[otel,redis]"

FROM python:3.13-slim
# The MCP registry compares this name to the one in server.json.
LABEL io.modelcontextprotocol.server.name="io.github.OWNER/telnyx-connections-mcp" \
      org.opencontainers.image.title="telnyx-connections-mcp" \
      org.opencontainers.image.description="Ask anything about the voice connections of a Telnyx account. Read-only." \
      org.opencontainers.image.licenses="MIT"
COPY --from=build /app /app
COPY docker/healthcheck.py /app/healthcheck.py
ENV PATH=/app/bin:$PATH
# The base image has the standard library without bytecode (https://github.com/docker-library/python/issues/615), and a
# read-only container could never save any. So the demo compiles what the server uses here, and proves that it works.
RUN ["telnyx-connections-mcp", "demo"]
ENV PYTHONDONTWRITEBYTECODE=1
# A number, because an orchestrator can only tell from a number that this is not root.
USER 10001:10001
HEALTHCHECK --interval=30s --timeout=10s --start-period=15s CMD ["python", "/app/healthcheck.py"]
ENTRYPOINT ["telnyx-connections-mcp"]
