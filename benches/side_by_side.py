#!/usr/bin/env python3
"""Makes the part of README.md that sets spl beside other engines.

    benches/side_by_side.py --yardstick DIR --data DIR --spl target/release/spl
    benches/side_by_side.py --results a.json,b.json        # from runs that are there

DIR/run.py of the yardstick times every engine in a process of its own and writes what it found as JSON; this script only lays it out, between
the two marks in README.md. Needs the engines' Python packages (see the yardstick).
"""
import argparse, datetime, json, os, platform, re, statistics, subprocess, sys

HERE = os.path.dirname(os.path.abspath(__file__))
BEGIN, END = "<!-- side by side: begin -->", "<!-- side by side: end -->"
NAMES = {"duckdb": "DuckDB", "polars": "Polars", "datafusion": "DataFusion", "clickhouse": "ClickHouse", "clickhouse-lc": "ClickHouse LC",
         "sqlite": "SQLite", "pandas": "pandas", "spl": "spl"}
# What each query asks, and the share of the best engine's time that is our goal.
QUERIES = {"Q01": ("the seed detection", 0.1), "Q02": ("wildcards on command lines", 0.3), "Q03": ("group by command line", 0.3), "Q04": ("timechart", 0.3),
           "Q05": ("top by host", 0.15), "Q06": ("rex and stats", 0.5), "Q07": ("eventstats and where", 0.3), "Q08": ("streamstats", 0.4),
           "Q09": ("dedup and sort", 0.2), "Q10": ("lookup", 0.1), "Q11": ("transaction", 0.2), "Q12": ("eval-heavy", 0.5)}


def table(head, rows):
    return ["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *("| " + " | ".join(row) + " |" for row in rows), ""]


def machine():
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.processor())
    return f"{os.cpu_count()} cores of {re.sub(r'[(]R[)]|[(]TM[)]|CPU', '', model)}".replace("  ", " ")


def ms(run, query):
    return (run.get("q", {}).get(query) or {}).get("ms")


def in_memory(runs):
    memory = {(r["peer"], r["threads"]): r for r in runs if r.get("mode") == "memory" and "q" in r}
    peers = [p for p in NAMES if (p, 1) in memory and p != "spl"]
    lines, rows = [], []
    for query, (what, goal) in QUERIES.items():
        times = {p: ms(memory[p, 1], query) for p in peers}
        own, own2 = ms(memory["spl", 1], query), ms(memory.get(("spl", 2), {}), query)
        best = min((t, p) for p, t in times.items() if t)
        cell = lambda p: "-" if not times[p] else f"**{times[p]:.1f}**" if p == best[1] else f"{times[p]:.1f}"
        rows.append([f"{query} {what}", *map(cell, peers), f"{own:.1f}", f"{own / best[0]:.2f}", f"{goal}", f"{own / own2:.1f}" if own2 else "-"])
    plans = lambda r: sorted(v["plan_us"] for v in r["q"].values() if v.get("plan_us"))
    plan = lambda p: f"{statistics.median(plans(memory[p, 1])):.0f}" if plans(memory[p, 1]) else "-"
    rows.append(["plan, median, in us", *map(plan, peers), plan("spl"), "", "", ""])
    rows.append(["MB when loaded", *(str(memory[p, 1].get("loaded_mb", "-")) for p in peers), f"{memory['spl', 1]['loaded_mb']}, with `_raw`", "", "", ""])
    lines += ["In memory, one thread, milliseconds (median); the last columns: spl's time as a share of the best engine's, the goal for it, and how many times",
              "faster spl is on two threads.", ""]
    lines += table(["", *(NAMES[p] for p in peers), "spl", "share", "goal", "2 threads"], rows)
    different = [q for q in QUERIES if len({json.dumps(r["q"].get(q, {}).get("check")) for r in memory.values() if q in r["q"]}) > 1]
    if different:
        lines += [f"The answers agree in rows and sums, but for {', '.join(different)} (Q04: SPL makes a column of each event code, the others a row).", ""]
    return lines


def loading(runs):
    load = [r for r in runs if r.get("mode") == "load" and r.get("load_s") and r["threads"] == 1]
    forms = [f for f in ("parquet", "csv", "ndjson", "xml") if any(r["from"] == f for r in load)]
    if not load:
        return []
    cell = lambda p, f: next((f"{r['load_s']:.2f} s, {r.get('loaded_mb', '-')} MB" for r in load if (r["peer"], r["from"]) == (p, f)), "-")
    rows = [[NAMES[p], *(cell(p, f) for f in forms)] for p in NAMES if any(r["peer"] == p for r in load)]
    return ["Loading all events, one thread: seconds, and memory afterwards.", "", *table(["", *forms], rows)]


def cold(runs):
    found = {}
    order = []
    for r in runs:
        if r.get("mode") == "cold" and r["threads"] == 1:
            query = next(iter(r.get("q") or {}), None)
            if query is None:
                # spl's own runs do not say which query they were: three of each, in turn.
                seen = found.setdefault(("spl", r["from"]), {})
                query = ("Q01", "Q05", "Q12")[len(seen)] if len(seen) < 3 else "Q12"
                seen[query] = r["wall_s"]
            else:
                found.setdefault((r["peer"], r["from"]), {})[query] = r["q"][query].get("first_ms", 0) / 1000
    for key in found:
        order.append(key)
    if not found:
        return []
    queries = ("Q01", "Q05", "Q12")
    rows = [[f"{NAMES[p]}, {f}", *(f"{found[p, f][q]:.2f}" if q in found[p, f] else "-" for q in queries)] for p, f in sorted(order, key=lambda k: (k[1], k[0]))]
    return ["A new process over the file, one thread: seconds. The others' times are the query's alone, spl's that of the whole process.", "", *table(["", *queries], rows)]


def other(runs):
    lines = []
    for r in runs:
        if r.get("mode") == "detections":
            count = " ".join(f"{k} {v}" for k, v in r.items() if k in ("together_s", "one_s", "load_s"))
            lines.append(f"- detections, {NAMES.get(r['peer'], r['peer'])}: {count}")
    for r in runs:
        if r.get("raw"):
            lines.append(f"- {r['raw']}: {r['wall_s']:.2f} s")
    return lines + [""] if lines else []


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--yardstick"), parser.add_argument("--data"), parser.add_argument("--spl"), parser.add_argument("--results")
    parser.add_argument("--run", default="", help="further arguments of run.py, such as '--spl-from ndjson'")
    args = parser.parse_args()
    files = args.results.split(",") if args.results else [os.path.join(args.data, "side_by_side.json")]
    load = os.getloadavg()[0]
    if not args.results:
        subprocess.check_call([sys.executable, os.path.join(args.yardstick, "run.py"), "--data", args.data, "--spl", args.spl, "--json", files[0], *args.run.split()])
    runs = [run for file in files for run in json.load(open(file))]
    versions = {NAMES[r["peer"]]: r["version"] for r in runs if r.get("version") and r["peer"] in NAMES}
    day = datetime.date.fromtimestamp(os.path.getmtime(files[0]))
    text = [BEGIN, "", f"{day:%-d %B %Y}, {machine()}; " + ", ".join(f"{n} {v}" for n, v in versions.items()) + ".", ""]
    if not args.results:
        text[2] += f" Load of the machine before: {load:.1f}."
    text += in_memory(runs) + loading(runs) + cold(runs) + other(runs) + [END]
    readme = os.path.join(HERE, "README.md")
    old = open(readme).read()
    new = re.sub(re.escape(BEGIN) + ".*" + re.escape(END), lambda _: "\n".join(text), old, flags=re.S)
    if BEGIN not in old:
        sys.exit("README.md has no place for the table")
    open(readme, "w").write(new)


if __name__ == "__main__":
    main()
