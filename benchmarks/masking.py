"""Whether masking takes time in proportion to what it reads: texts of random pieces, each also twice as long.

`python benchmarks/masking.py [SECONDS] [SEED]` prints the slowest and exits with 1 where twice the text took more than
three times as long, twice in a row.
"""

import random
import sys
import time
from collections.abc import Callable, Sequence

from telnyx_connections_mcp.redaction.own_keys import OwnSecrets
from telnyx_connections_mcp.redaction.texts import mask_text
from telnyx_connections_mcp.redaction.urls import mask_url, secret_part
from telnyx_connections_mcp.redaction.values import without_secrets

KEY = "KEY0123456789ABCDEF_xyzxyzxyz"
SIZE = 30_000
FASTEST = 0.02
"""Seconds; what takes less says nothing of how it grows."""
WORDS = "key token password pin auth cookie authorization a x_ 1 A1b2 eyJ eyJaaaaa. KEY ghp_ sk- sip: bob:pw@ $ $T ***"
SIGNS = r": = -> := => @ / // :// ? # & ; , . - -- _ < > [ ] { } \ \" \' \u003d \x % %25 %3D %u0041 &amp; &#61; &# "
WIDE = "\uff41 \uff1a \uff1d \u200b e\u0301"
MORE = ["bearer ", "basic ", "api key", ": ", " ", "\n", '"', "'", "<a>", "</a>", "https://h.example/", KEY[:12], KEY]
PIECES = [*WORDS.split(), *SIGNS.split(), *WIDE.split(), "-----BEGIN PRIVATE KEY-----", *MORE]


def rules() -> dict[str, Callable[[str], object]]:
    """Every way in which a text is looked at."""
    own = OwnSecrets([KEY])
    return {
        "text": mask_text,
        "settings": lambda text: mask_text(text, lambda value: value in ("$", "$T")),
        "url": lambda text: mask_url(f"https://h.example/{text}"),
        "query": lambda text: mask_url(f"https://h.example/?{text}"),
        "host": lambda text: mask_url(f"https://{text}"),
        "holds": lambda text: secret_part(f"https://h.example/{text}"),
        "row": lambda text: without_secrets([{text: "x"}, {"name": text, "value": "x"}]),
        "own": own.redact,
    }


def seconds(rule: Callable[[str], object], text: str) -> float:
    """What one look takes of the processor."""
    begun = time.process_time()
    rule(text)
    return time.process_time() - begun


def grows(rule: Callable[[str], object], unit: str) -> float:
    """How many times as long twice the text takes; 0 where neither takes long."""
    once, twice = (seconds(rule, unit * (size // len(unit))) for size in (SIZE, 2 * SIZE))
    return twice / once if twice > FASTEST else 0.0


def main(arguments: Sequence[str]) -> int:
    """Try until the time is over; 1 where something grows too fast."""
    end = time.monotonic() + float(arguments[0] if arguments else 60)
    seed = int(arguments[1]) if len(arguments) > 1 else random.SystemRandom().randrange(10**6)
    choose = random.Random(seed)  # noqa: S311  # no secret is made of it
    tried, slowest = 0, (0.0, "", "")
    while time.monotonic() < end:
        unit = "".join(choose.choices(PIECES, k=choose.choice((1, 2, 2, 3, 3, 4, 6, 12))))
        for name, rule in rules().items():
            tried += 1
            took = seconds(rule, unit * (SIZE // len(unit)))
            slowest = max(slowest, (took, name, unit))
            if took > FASTEST / 2 and grows(rule, unit) > 3 and grows(rule, unit) > 3:
                print(f"{name}: twice {unit!r} takes more than three times as long (seed {seed})")
                return 1
    print(
        f"{tried} looks at {SIZE} characters, seed {seed}; "
        f"the slowest took {slowest[0]:.3f} s: {slowest[1]} of {slowest[2]!r}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
