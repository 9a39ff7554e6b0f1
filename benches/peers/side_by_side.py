"""Runs the project and its rival on the same workload in turn, one thread each, and prints one table of CPU seconds.

    python side_by_side.py PROGRAM SCENARIOS [ROUNDS]
"""

import json
import resource
import subprocess
import sys
from pathlib import Path


def printed(command):
    """Returns what a command prints, read as JSON."""
    return json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)


def cpu_seconds(command):
    """Returns the CPU seconds that a command takes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    program, scenarios = sys.argv[1], Path(sys.argv[2])
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 3

    def project(scenario):
        # Timed as a person runs it, with a table; what it counts is asked for apart, since JSON has every slice.
        command = [program, "run", str(scenarios / scenario), "--threads", "1", "--no-progress"]
        counts = printed([*command, "--json"])
        return lambda: (counts, cpu_seconds(command))

    def rival():
        counts = printed([sys.executable, str(Path(__file__).with_name("workload.py"))])
        return counts, counts["cpu_seconds"]

    contestants = {
        "journeysim, workload": project("workload.toml"),
        "NumPy, workload": rival,
        "journeysim, reference": project("reference.toml"),
    }
    print("| | round | CPU seconds | account-days/s | events an account-year |")
    print("|---|---|---|---|---|")
    seconds = {}
    for number in range(1, rounds + 1):
        for name, contestant in contestants.items():
            counts, took = contestant()
            days = counts["account_days"]
            events = counts["events"] / (days / 365.25)
            seconds.setdefault(name, []).append(took)
            print(f"| {name} | {number} | {took:.2f} | {days / took / 1e6:.1f} M | {events:.0f} |", flush=True)
    ratio = min(seconds["NumPy, workload"]) / min(seconds["journeysim, workload"])
    print(f"\nOn the workload the project's best round is {ratio:.1f} times as fast as NumPy's.")


if __name__ == "__main__":
    main()
