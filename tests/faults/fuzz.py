"""`python -m tests.faults.fuzz SECONDS [SEED]`: mutated batches and frames until the time is over, in little memory.

Ends with 1 and the seed of the attempt at the first exception that is no BadBatchError, or that takes too long.
"""

import random
import resource
import sys
import time
import traceback

from tests.faults import hostile

MEMORY = 2 << 30
"""Of addresses; libraries alone take half of it."""
LONGEST_S = 10.0


def main(seconds: float, seed: int) -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    seeds, until, done, slowest = hostile.seeds(), time.monotonic() + seconds, 0, 0.0
    while time.monotonic() < until:
        chance, started = random.Random(seed + done), time.monotonic()
        try:
            hostile.try_batch(chance, seeds)
            hostile.try_frames(chance)
        except Exception:
            traceback.print_exc()
            sys.stdout.write(f"failed with seed {seed + done}\n")
            return 1
        slowest = max(slowest, time.monotonic() - started)
        if slowest > LONGEST_S:
            sys.stdout.write(f"too slow with seed {seed + done}\n")
            return 1
        done += 1
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    sys.stdout.write(f"{2 * done} inputs, slowest {slowest:.2f} s, at most {peak} MB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else time.time_ns()))
