"""The line protocol of assay-bench, for programs in Python."""

import json
import os
import sys
import time


def memory():
    """What this process holds now and the most it has held, in MiB, as the kernel counts it."""
    with open("/proc/self/status") as file:
        fields = dict(line.split(":", 1) for line in file)
    return {"peakMiB": int(fields["VmHWM"].split()[0]) / 1024, "residentMiB": int(fields["VmRSS"].split()[0]) / 1024}


def forget_peak():
    """Starts the peak again from what is held now; a kernel that refuses leaves the higher peak standing."""
    try:
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")
    except OSError:
        pass


def timed(work):
    """The result of `work`, and the wall and processor seconds it took."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return result, {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}


def serve(prepare):
    """Answers commands until `quit`. `prepare()` gives the work: a function without arguments, timed at every `run`,
    whose result `write(result, path)` puts into a file when `run` names one; and facts about it."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # What libraries print goes to the errors.

    def say(**answer):
        print(json.dumps(answer | memory()), file=answers, flush=True)

    try:
        (work, write, details), time_taken = timed(prepare)
    except Exception as problem:
        say(error=" ".join(f"{type(problem).__name__}: {problem}".split())[:300])
        return
    say(**time_taken, details=details)
    forget_peak()
    for line in sys.stdin:
        name, *words = line.split()
        if name == "quit":
            return
        try:
            if name == "run":
                result, time_taken = timed(work)
                if words:
                    write(result, words[0])
                say(**time_taken)
            elif name == "memory":
                if words == ["forget"]:
                    forget_peak()
                say()
            else:
                say(error=f"there is no command {name}")
        except Exception as problem:
            say(error=f"{type(problem).__name__}: {problem}")
