"""What the replicas of one server share through Redis or Valkey: the rate limit of an account, and its fleets.

Imported only where `TELNYX_REDIS_URL` is set. Nothing here is needed for a right answer: with Redis away each replica
reads for itself and keeps to its part of the limit.
"""
