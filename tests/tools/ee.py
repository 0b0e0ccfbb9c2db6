# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build extensions/ee's execution environment, and run each playbook in it (make ee).

It needs no registry: the base is the lab's Debian instead of the one that the definition names, and what pip installs
was fetched before, since inside `enter` there is no network. All else is as ansible-builder makes it of the definition.
Needs build/src.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import typing as t
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
DEFINITION = ROOT / "extensions" / "ee" / "execution-environment.yml"
OUT = ROOT / "build" / "ee"
ENTER = str(ROOT / "tests" / "lab" / "enter")
LAB_IMAGE = Path("/run/fieldnet-lab/image")
BASE, TAG = "localhost/fieldnet-ee-base:lab", "localhost/fieldnet-iot-ee:lab"
PODMAN = ("podman", "--root", str(OUT / "storage"), "--storage-driver", "overlay")
# What ansible-builder's own steps install beside what the definition and the collection name.
_BUILDERS = ("bindep", "pyyaml", "packaging", "dumb-init==1.2.5", "pip", "setuptools", "wheel")
_TIMEOUT = 600
# A job as AWX lays one out: the project where ansible-runner looks for it, the template's variables in a file.
_JOB = """
set -e
mkdir -p /tmp/job/env
ln -s /runner/project /tmp/job/project
echo 'iot_sites: [sites]' >/tmp/job/env/extravars
ansible-runner run /tmp/job --playbook fieldnet.iot.validate
"""


def run(*argv: str, quiet: bool = True) -> str:
    """Run a command; where it fails, show what it said and end."""
    done = subprocess.run(argv, check=False, text=True, capture_output=quiet, timeout=_TIMEOUT)
    if done.returncode:
        said = f"{done.stdout or ''}{done.stderr or ''}"
        sys.exit(f"{said}\ntests/tools/ee.py: failed with {done.returncode}: {' '.join(argv)}")
    return done.stdout or ""


def definition() -> t.Dict[str, t.Any]:
    """The definition for users, on a base that is here."""
    found: t.Dict[str, t.Any] = yaml.safe_load(DEFINITION.read_text(encoding="utf-8"))
    found["images"]["base_image"]["name"] = BASE
    found["dependencies"]["python_interpreter"]["python_path"] = "/usr/bin/python3"
    found["additional_build_files"].append({"src": "wheels", "dest": "wheels"})
    pip = "RUN PYTHONPATH=$(echo /opt/wheels/pip-*.whl) $PYCMD -m pip install --no-cache-dir pip"
    found["additional_build_steps"] = {
        "prepend_base": ["COPY _build/wheels /opt/wheels", "ENV PIP_NO_INDEX=1 PIP_FIND_LINKS=/opt/wheels", pip],
        "append_final": found["additional_build_steps"]["append_final"],
    }
    return found


def prepare() -> None:
    """Everything that the build needs, while there is a network."""
    shutil.rmtree(OUT / "definition", ignore_errors=True)
    for name in ("definition/wheels", "definition/artifact", "project"):
        (OUT / name).mkdir(parents=True, exist_ok=True)
    shutil.copy(DEFINITION.with_name("ansible.cfg"), OUT / "definition")
    found = definition()
    (OUT / "definition" / "execution-environment.yml").write_text(yaml.safe_dump(found), encoding="utf-8")
    artifact = str(OUT / "definition" / "artifact")
    run(sys.executable, "-m", "ansible", "galaxy", "collection", "build", "--output-path", artifact, str(ROOT))
    _wheels(found["dependencies"])
    introspected = run(sys.executable, "-m", "ansible_builder", "introspect", "--sanitize", str(ROOT / "build" / "src"))
    (OUT / "introspect.yml").write_text(introspected, encoding="utf-8")
    context = (
        "create",
        "--file",
        str(OUT / "definition" / "execution-environment.yml"),
        "--context",
        str(OUT / "context"),
    )
    shutil.rmtree(OUT / "context", ignore_errors=True)
    run(sys.executable, "-m", "ansible_builder", *context)
    shutil.rmtree(OUT / "project")
    shutil.copytree(ROOT / "extensions" / "molecule" / "site" / "sites", OUT / "project" / "sites")


def _wheels(dependencies: t.Mapping[str, t.Any]) -> None:
    python = run(ENTER, "sh", "-c", f"basename $(readlink -f {LAB_IMAGE}/usr/bin/python3)").strip()
    wanted = [dependencies[name]["package_pip"] for name in ("ansible_core", "ansible_runner")]
    ours = str(ROOT / "meta" / "ee-requirements.txt")
    kind = (
        "--only-binary=:all:",
        "--python-version",
        python[len("python") :],
        "--dest",
        str(OUT / "definition" / "wheels"),
    )
    run(sys.executable, "-m", "pip", "download", "--quiet", *kind, *_BUILDERS, *wanted, "--requirement", ours)


def build() -> None:
    """Inside `enter`: ansible-builder's own Containerfile, as it is."""
    rootfs = OUT / "base.tar"
    run("tar", "--create", "--file", str(rootfs), "--directory", str(LAB_IMAGE), ".")
    run(*PODMAN, "import", "--quiet", str(rootfs), BASE)
    rootfs.unlink()
    network = ("--isolation", "chroot", "--network", "host", "--pull=never", "--layers=false")
    context = ("--file", str(OUT / "context" / "Containerfile"), str(OUT / "context"))
    (OUT / "build.log").write_text(run(*PODMAN, "build", *network, "--tag", TAG, *context), encoding="utf-8")


def inside(*argv: str) -> str:
    """Run something as a job of AWX would be run: not as root, the project in its place."""
    # Privileged, since others get limits that can't be set inside `enter`; its user is 1000 all the same.
    kind = ("--rm", "--privileged", "--network", "none", "--workdir", "/runner/project")
    mount = f"{OUT / 'project'}:/runner/project:ro"
    return run(*PODMAN, "run", *kind, "--volume", mount, TAG, *argv)


def smoke() -> None:
    """Each playbook parses in it; the sites are an inventory; a job by the playbook's full name does its work."""
    for path in sorted((ROOT / "playbooks").glob("*.yml")):
        inside("ansible-playbook", "--syntax-check", "-i", "sites", f"fieldnet.iot.{path.stem}")
        print(f"  {path.stem}: parses")
    hosts = json.loads(inside("ansible-inventory", "-i", "sites", "--list", "--export"))["_meta"]["hostvars"]
    # Ansible marks what it must never take for a template.
    files = {name: one["iot_site_file"]["__ansible_unsafe"] for name, one in hosts.items()}
    if files != dict.fromkeys(("gateway", "probe"), "/runner/project/sites/berlin.yml"):
        sys.exit(f"tests/tools/ee.py: the inventory is not that of the sites: {files}")
    print(f"  inventory: {', '.join(sorted(files))}")
    job = inside("sh", "-c", _JOB)
    if "berlin" not in job or "failed=0" not in job:
        sys.exit(f"{job}\ntests/tools/ee.py: the job did not validate the site")
    # The image's ansible.cfg, beside ansible-runner's own callback.
    if "1 site: 1 ok" not in job:
        sys.exit(f"{job}\ntests/tools/ee.py: the job's output lacks the fleet's table")
    print("  ansible-runner: fieldnet.iot.validate did its work, and fieldnet.iot.progress told of it")


def main() -> None:
    """Prepare outside, then build and run inside."""
    if sys.argv[1:] == ["inside"]:
        build()
        smoke()
        return
    prepare()
    print("Execution environment:")
    try:
        run(ENTER, sys.executable, "-B", __file__, "inside", quiet=False)
    finally:
        shutil.rmtree(OUT / "storage", ignore_errors=True)


if __name__ == "__main__":
    main()
