"""The machine, the programs and the moment, so that figures can be read later."""

import datetime
import importlib.metadata
import os
import platform
import re
import shutil
import subprocess

INSTRUCTIONS = ["avx2", "fma", "f16c", "avx_vnni", "avx512f", "avx512bw", "avx512_vnni", "avx512_bf16", "amx_tile", "amx_bf16",
                "asimd", "bf16", "sve"]
PACKAGES = ["torch", "open_clip_torch", "faiss-cpu", "scikit-learn", "numpy"]


def fields(path):
    with open(path) as file:
        pairs = [line.split(":", 1) for line in file if ":" in line]
    found = {}
    for name, value in pairs:
        found.setdefault(name.strip(), value.strip())
    return found


def first_line(*command):
    if not shutil.which(command[0]):
        return "none"
    return subprocess.run(command, capture_output=True, text=True).stdout.splitlines()[0]


def caches():
    """Of the first processor."""
    base = "/sys/devices/system/cpu/cpu0/cache"
    if not os.path.isdir(base):
        return "unknown"
    found = []
    for index in sorted(name for name in os.listdir(base) if name.startswith("index")):
        level, kind, size = (open(f"{base}/{index}/{name}").read().strip() for name in ("level", "type", "size"))
        if kind != "Instruction":
            found.append(f"L{level} {size}")
    return ", ".join(found)


def fields_of_lscpu():
    if not shutil.which("lscpu"):
        return {}
    text = subprocess.run(["lscpu"], capture_output=True, text=True, env=os.environ | {"LC_ALL": "C"}).stdout
    return dict(re.findall(r"^(.+?):\s+(.+)$", text, re.M))


def describe(threads, assay):
    """Name and value of everything worth recording; `assay` are the details that assay-bench gave."""
    processor = fields("/proc/cpuinfo")
    flags = (processor.get("flags") or processor.get("Features") or "").split()
    topology = fields_of_lscpu()
    memory = int(fields("/proc/meminfo")["MemTotal"].split()[0]) / 2**20
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "processor": processor.get("model name") or platform.machine(),
        "instructions": " ".join(name for name in INSTRUCTIONS if name in flags),
        "processors": f"{len(os.sched_getaffinity(0))}, threads a core: {topology.get('Thread(s) per core', 'unknown')}, "
                      f"hypervisor: {topology.get('Hypervisor vendor', 'none')}",
        "caches": caches(),
        "memory": f"{memory:.0f} GiB",
        "load average at the start": f"{os.getloadavg()[0]:.1f}",
        "threads of every side": str(threads),
        "system": platform.freedesktop_os_release().get("PRETTY_NAME", "Linux"),
        "Assay": f"{assay['version']}; the limit was measured with {assay['f32 instructions']}"
                 + (f" and {assay['bf16 instructions']}" if "bf16 instructions" in assay else "; no bfloat16 products"),
        "Python": platform.python_version(),
        "packages": ", ".join(f"{name} {importlib.metadata.version(name)}" for name in PACKAGES),
        "C++ compiler": first_line(os.environ.get("CXX", "g++"), "--version"),
    }
