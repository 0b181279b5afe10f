"""Reads lock files, and finds what their pins miss: by the metadata of what is installed here, on each machine."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from typing import Any

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from tests.processes import ROOT


@dataclass(frozen=True, slots=True)
class Machine:
    """One of those that Adgraph is installed on, as far as markers ask."""

    python: str
    system: str
    processor: str

    def fits(self, requirement: Requirement, extra: str = "") -> bool:
        if requirement.marker is None:
            return True
        known: dict[str, Any] = {**default_environment()}
        known |= {
            "python_version": ".".join(self.python.split(".")[:2]),
            "python_full_version": self.python,
            "implementation_version": self.python,
            "sys_platform": self.system,
            "platform_system": self.system.capitalize(),
            "platform_machine": self.processor,
            "extra": extra,
        }
        return requirement.marker.evaluate(known)


MACHINES = [
    Machine(python, system, processor)
    for python in ("3.11.0", "3.11.9", "3.12.9", "3.13.5", "3.14.0")
    for system, processor in (("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64"))
]


@dataclass(frozen=True, slots=True)
class Pin:
    """One package of a lock file: its requirement, and the hashes that its files may have."""

    requirement: Requirement
    hashes: tuple[str, ...]

    @property
    def name(self) -> NormalizedName:
        return canonicalize_name(self.requirement.name)

    @property
    def version(self) -> Version:
        """Raises ValueError for anything but one exact release."""
        (specifier,) = self.requirement.specifier
        if specifier.operator != "==":
            raise ValueError(f"{self.requirement} is no pin")
        return Version(specifier.version)


def pins_in(text: str) -> list[Pin]:
    """Every line of a lock file is a pin with its hashes or a comment: anything else raises ValueError."""
    whole = re.sub(r"^ *#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ")
    lines = [line.partition(" --hash=") for line in whole.splitlines() if line.strip()]
    return [Pin(Requirement(pin), tuple(hashes.split(" --hash="))) for pin, _, hashes in lines]


@cache
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def asked_for(extras: tuple[str, ...], groups: tuple[str, ...]) -> list[Requirement]:
    """What pyproject.toml names directly."""
    found = list(project()["project"]["dependencies"])
    for extra in extras:
        found += project()["project"]["optional-dependencies"][extra]
    for group in groups:
        for line in project()["dependency-groups"][group]:
            found += project()["dependency-groups"][line["include-group"]] if isinstance(line, dict) else [line]
    return [Requirement(line) for line in found]


@cache
def requirements_of(name: NormalizedName, version: Version) -> tuple[Requirement, ...]:
    """What a package asks for; nothing for one of which another release or none is installed here."""
    try:
        installed = distribution(name)
    except PackageNotFoundError:
        return ()
    if Version(installed.version) != version:
        return ()
    return tuple(Requirement(line) for line in installed.requires or ())


def unmet(pins: list[Pin], wanted: list[Requirement], machine: Machine) -> Iterator[str]:
    """Each requirement, of pyproject.toml or of a pinned package with the extras asked of it, that no pin meets."""
    versions = {pin.name: pin.version for pin in pins if machine.fits(pin.requirement)}
    to_do = [("pyproject.toml", "", requirement) for requirement in wanted]
    to_do += [("the lock", "", pin.requirement) for pin in pins]
    seen: set[tuple[NormalizedName, str]] = set()
    while to_do:
        who, extra, requirement = to_do.pop()
        if not machine.fits(requirement, extra):
            continue
        name = canonicalize_name(requirement.name)
        version = versions.get(name)
        if version is None or not requirement.specifier.contains(version, prereleases=True):
            yield f"{who} asks for {requirement}; pinned is {version}"
            continue
        for asked in {"", *requirement.extras} - {extra for known, extra in seen if known == name}:
            seen.add((name, asked))
            to_do += [(f"{name}[{asked}]", asked, each) for each in requirements_of(name, version)]
