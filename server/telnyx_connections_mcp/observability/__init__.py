"""What operators see of the server: a line for every call, traces and metrics through OpenTelemetry's API."""
