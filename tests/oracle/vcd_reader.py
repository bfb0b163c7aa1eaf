"""Reads a VCD file line by line, knowing nothing of what wrote it."""

from pathlib import Path


def read_vcd(path: Path) -> tuple[dict[str, list[tuple[int, str]]], str]:
    """Return the changes of each variable by its full name, time and text each; and the scale."""
    names, scopes, changes = {}, [], {}
    scale, time = "", 0
    lines = iter(path.read_text().splitlines())
    for line in lines:
        words = line.split()
        if not words:
            continue
        if words[0] == "$scope":
            scopes.append(words[2])
        elif words[0] == "$upscope":
            scopes.pop()
        elif words[0] == "$timescale":
            scale = " ".join(words[1:-1])
        elif words[0] == "$var":
            name = ".".join([*scopes, words[4]])
            names[words[3]] = name
            changes[name] = []
        elif words[0] == "$enddefinitions":
            break
    for line in lines:
        words = line.split()
        if not words or words[0].startswith("$"):
            continue
        if line.startswith("#"):
            time = int(line[1:])
        elif line[0] in "brs":
            changes[names[words[-1]]].append((time, words[0][1:]))
        else:
            changes[names[line[1:]]].append((time, line[0]))
    return changes, scale


def value_at(changes: list[tuple[int, str]], time: int) -> str:
    """Return the value that stands at a time, before what changes then."""
    found = "x"
    for when, value in changes:
        if when >= time:
            break
        found = value
    return found
