"""What the replicas of one server share through Redis or Valkey: an account's rate limit and its snapshots.

Imported only if `TELNYX_REDIS_URL` is set. No answer depends on it: while Redis is unavailable, each replica fetches
for itself and keeps to its share of the rate limit.
"""
