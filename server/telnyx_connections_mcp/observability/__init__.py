"""What operators see: a log line per request, and traces and metrics through OpenTelemetry's API."""
