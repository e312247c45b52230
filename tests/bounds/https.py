"""Serve the sandbox account over HTTPS with the installed command, call a tool, and stop: exit code 0 if all was well.

It uses only what the package itself needs, so that an environment without tests and extras is tried as it is.
"""

import json
import re
import signal
import ssl
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "list_connections", "arguments": {}}}
HEADERS = {"accept": "application/json, text/event-stream", "mcp-protocol-version": "2025-06-18"}


def certify(folder: Path) -> tuple[Path, Path]:
    """A certificate for localhost, which is its own authority, and its key: their files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    files = folder / "cert.pem", folder / "key.pem"
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, *plain))
    return files


def call(url: str, authority: Path) -> dict[str, object]:
    """The result of one tool call, as a client of 2025 makes it."""
    context = ssl.create_default_context(cafile=authority)
    with httpx.Client(verify=context, timeout=20) as http:
        answer = http.post(url, json=CALL, headers=HEADERS)
    answer.raise_for_status()
    said = next(line for line in answer.text.splitlines() if '"result"' in line)
    result: dict[str, object] = json.loads(said.removeprefix("data: "))["result"]
    return result


def main() -> None:
    """Serve, call, stop."""
    with tempfile.TemporaryDirectory() as folder:
        certificate, key = certify(Path(folder))
        options = ["--sandbox", "--http", "localhost:0", "--tls-cert", certificate, "--tls-key", key]
        command = [sys.executable, "-W", "error", "-m", "telnyx_connections_mcp", "serve", *options]
        server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        assert server.stderr is not None
        try:
            said = server.stderr.readline()
            found = re.search(r"https://\S+/mcp", said)
            assert found, said + server.stderr.read()
            result = call(found[0], certificate)
        finally:
            server.send_signal(signal.SIGINT)
            code, rest = server.wait(20), server.stderr.read()
    page = result["structuredContent"]["page"]
    assert page["total_results"] == 55, result
    assert (code, "Traceback" in rest) == (0, False), rest
    sys.stdout.write(f"{said.strip()} A tool call was answered; the server ended with exit code {code}.\n")


if __name__ == "__main__":
    main()
