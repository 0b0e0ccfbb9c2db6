# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The order of the steps, and that every failure after the snapshot leads back."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._errors import GatewayError
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._transaction import Change, Steps, converge

DIFFERENT = Change(["a file"])


class Recorder(Steps):
    """Steps that write down that they ran, and raise where they are told to."""

    def __init__(self, change: Change = DIFFERENT, failures: t.Mapping[str, BaseException] | None = None) -> None:
        self.change, self.failures = change, failures or {}
        self.ran: list[str] = []

    def _run(self, step: str) -> None:
        self.ran.append(step)
        if step in self.failures:
            raise self.failures[step]

    def stage(self) -> Change:
        self._run("stage")
        return self.change

    def validate(self) -> None:
        self._run("validate")

    def snapshot(self) -> None:
        self._run("snapshot")

    def apply(self) -> None:
        self._run("apply")

    def verify(self) -> None:
        self._run("verify")

    def persist(self) -> None:
        self._run("persist")

    def undo(self) -> None:
        self._run("undo")


ALL = ["stage", "validate", "snapshot", "apply", "verify", "persist"]


def test_a_change_goes_through_all_steps() -> None:
    steps = Recorder()
    assert converge(steps, check_mode=False) == DIFFERENT
    assert steps.ran == ALL


def test_no_difference_ends_after_looking() -> None:
    steps = Recorder(Change(warnings=["look out"]))
    assert converge(steps, check_mode=False).warnings == ["look out"]
    assert steps.ran == ["stage"]


def test_check_mode_validates_and_stops() -> None:
    steps = Recorder()
    assert converge(steps, check_mode=True) == DIFFERENT
    assert steps.ran == ["stage", "validate"]


@pytest.mark.parametrize("step", ["stage", "validate", "snapshot"])
def test_a_failure_before_anything_is_touched_needs_no_way_back(step: str) -> None:
    steps = Recorder(failures={step: GatewayError("no")})
    with pytest.raises(GatewayError, match=r"^no$"):
        converge(steps, check_mode=False)
    assert steps.ran == ALL[: ALL.index(step) + 1]


@pytest.mark.parametrize("step", ["apply", "verify", "persist"])
@pytest.mark.parametrize("failure", [GatewayError("no"), OSError(28, "No space left on device")])
def test_a_failure_afterwards_is_undone_and_said(step: str, failure: Exception) -> None:
    steps = Recorder(failures={step: failure})
    with pytest.raises(GatewayError) as caught:
        converge(steps, check_mode=False)
    assert str(caught.value) == f"{failure}; the old state was put back"
    assert steps.ran == [*ALL[: ALL.index(step) + 1], "undo"]


def test_an_interruption_is_undone_too() -> None:
    steps = Recorder(failures={"verify": KeyboardInterrupt()})
    with pytest.raises(KeyboardInterrupt):
        converge(steps, check_mode=False)
    assert steps.ran[-1] == "undo"


def test_a_failing_way_back_is_not_hidden() -> None:
    steps = Recorder(failures={"apply": GatewayError("no"), "undo": GatewayError("stuck")})
    with pytest.raises(GatewayError) as caught:
        converge(steps, check_mode=False)
    assert str(caught.value) == "no; and the old state could not be put back: stuck"
