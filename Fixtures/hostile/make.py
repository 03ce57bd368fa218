"""Writes small HDF5 files that try to mislead a reader, and odd but honest ones, beside this script.

Made with Python 3.11, h5py 3.16 (HDF5 2.0), NumPy 2.2:  python make.py
"""

from pathlib import Path

import h5py
import numpy as np

HERE = Path(__file__).resolve().parent


def write(name, fill, **options):
    with h5py.File(HERE / f"{name}.h5", "w", **options) as store:
        fill(store)


def external_link(store):
    store["honest"] = np.arange(3, dtype="f4")
    store["elsewhere"] = h5py.ExternalLink("secret.h5", "/secret")


def soft_link(store):
    store["honest"] = np.arange(3, dtype="f4")
    store["alias"] = h5py.SoftLink("/honest")


def cycle(store):
    store["group/values"] = np.arange(3, dtype="f4")
    store["group/again"] = store["group"]


def shape_bomb(store):
    store.create_dataset("bomb", shape=(1 << 20, 1 << 20), dtype="f4", chunks=(1024, 1024))


def uncountable(store):
    store.create_dataset("bomb", shape=(1 << 40, 1 << 40), dtype="f4", chunks=(1024, 1024))


def external_storage(store):
    store.create_dataset("values", shape=(4,), dtype="u1", external=[("secret.bin", 0, 4)])


def virtual(store):
    layout = h5py.VirtualLayout(shape=(4,), dtype="f4")
    layout[:] = h5py.VirtualSource("secret.h5", "secret", shape=(4,))
    store.create_virtual_dataset("values", layout)


def foreign_filter(store):
    store.create_dataset("values", data=np.zeros((64, 64), "f4"), compression="lzf")


def kinds(store):
    """One dataset of every kind that is read, and of some that are only listed."""
    store["f2"] = np.array([1, -2.5, 65504, 6e-8], "f2")
    store["f4"] = np.arange(24, dtype="f4").reshape(2, 3, 4)
    store["f8"] = np.array([1 / 3, -1e-300])
    store["big"] = np.array([1.5, -2], ">f4")
    store["big-i4"] = np.array([1, -2, 70000], ">i4")
    for code in ("i1", "u1", "i2", "u2", "i4", "u4", "i8"):
        limits = np.iinfo(code)
        store[code] = np.array([limits.min, 0, limits.max], code)
    store["u8"] = np.array([0, (1 << 64) - 1], "u8")
    store["bool"] = np.array([True, False, True])
    store["scalar"] = np.float32(2.5)
    store["empty"] = np.zeros((0, 4), "f4")
    store["null"] = h5py.Empty("f4")
    store.create_dataset("gzip", data=np.arange(1000, dtype="i4").reshape(100, 10), chunks=(7, 10),
                         compression="gzip", shuffle=True, fletcher32=True)
    store["text"] = ["one", "zwölf", "", "猫"]
    store["fixed"] = np.array([b"ab", b"abcd", b""], "S4")
    store["broken"] = np.array([b"\xff\xfeok"], "S4")
    store["compound"] = np.array([(1, 2.0)], [("a", "i4"), ("b", "f4")])
    store["complex"] = np.array([1 + 2j], "c8")
    bfloat = h5py.h5t.IEEE_F32LE.copy()
    bfloat.set_fields(15, 7, 8, 0, 7)
    bfloat.set_size(2)
    bfloat.set_ebias(127)
    space = h5py.h5s.create_simple((3,))
    dataset = h5py.h5d.create(store.id, b"bf16", bfloat, space)
    dataset.write(space, space, np.array([0x3F80, 0xC020, 0x4049], "u2"), mtype=bfloat)
    store.attrs.update({"name": "zwölf", "fixed": np.bytes_(b"ab"), "count": 7, "share": 0.25,
                        "yes": True, "many": [1, 2, 3]})
    store["f4"].attrs["unit"] = "pixel"


def main():
    for fill in (external_link, soft_link, cycle, shape_bomb, uncountable, external_storage, virtual,
                 foreign_filter, kinds):
        write(fill.__name__.replace("_", "-"), fill)
    write("user-block", soft_link, userblock_size=512)
    write("newer", kinds, libver=("v200", "v200"))


if __name__ == "__main__":
    main()
