# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The order of the steps, and that every failure after the record leads back."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._commit._journal import Journal
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._commit._manage import confirm
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._commit._record import Record
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._commit._store import Store
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._commit._transaction import (
    Change,
    Membership,
    Steps,
    converge,
    settle,
)
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._errors import GatewayError
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._files import OwnFile, write

DIFFERENT = Change(["a file"])


class Recorder(Steps):
    """Steps that write down that they ran, and raise where they are told to."""

    name = "recorder"

    def __init__(
        self,
        folder: Path,
        change: Change = DIFFERENT,
        failures: t.Mapping[str, BaseException] | None = None,
        record: Record | None = None,
    ) -> None:
        self.change, self.failures = change, failures or {}
        self.file = OwnFile(f"{folder}/file", "new\n")
        self.recorded = record or Record(runtime_files=[self.file], undo=f"echo undo >>{folder}/undone\n")
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

    def record(self) -> Record:
        self._run("record")
        return self.recorded

    def apply(self) -> None:
        write(self.file)
        self._run("apply")

    def verify(self) -> None:
        self._run("verify")

    def rescue(self) -> None:
        self._run("rescue")


ALL = ["stage", "validate", "record", "apply", "verify"]


@pytest.fixture
def store(tmp_path: Path) -> t.Iterator[Store]:
    store = Store(f"{tmp_path}/state", f"{tmp_path}/units")
    store.make()
    yield store
    with store.locked() as lock:
        left = Journal.find(store, lock)
        if left:
            left.forget()


def test_a_change_goes_through_all_steps_and_leaves_no_journal(tmp_path: Path, store: Store) -> None:
    steps = Recorder(tmp_path)
    assert converge(lambda: steps, False, store=store) == DIFFERENT
    assert steps.ran == ALL
    assert (tmp_path / "file").read_text() == "new\n"
    assert list(Path(store.folder).iterdir()) == []


def test_no_difference_ends_after_looking_and_writes_nothing(tmp_path: Path) -> None:
    store = Store(f"{tmp_path}/state")
    steps = Recorder(tmp_path, Change(warnings=["look out"]))
    assert converge(lambda: steps, False, store=store).warnings == ["look out"]
    assert steps.ran == ["stage"]
    assert list(tmp_path.iterdir()) == []


def test_check_mode_validates_and_stops(tmp_path: Path) -> None:
    store = Store(f"{tmp_path}/state")
    steps = Recorder(tmp_path)
    assert converge(lambda: steps, True, store=store) == DIFFERENT
    assert steps.ran == ["stage", "validate"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("step", ["stage", "validate", "record"])
def test_a_failure_before_anything_is_touched_needs_no_way_back(tmp_path: Path, store: Store, step: str) -> None:
    steps = Recorder(tmp_path, failures={step: GatewayError("no")})
    with pytest.raises(GatewayError, match=r"^no$"):
        converge(lambda: steps, False, store=store)
    assert steps.ran == ALL[: ALL.index(step) + 1]
    assert list(Path(store.folder).iterdir()) == []


@pytest.mark.parametrize("step", ["apply", "verify"])
@pytest.mark.parametrize("failure", [GatewayError("no"), OSError(28, "No space left on device")])
def test_a_failure_afterwards_is_undone_and_said(tmp_path: Path, store: Store, step: str, failure: Exception) -> None:
    steps = Recorder(tmp_path, failures={step: failure})
    with pytest.raises(GatewayError) as caught:
        converge(lambda: steps, False, store=store)
    assert str(caught.value) == f"{failure}; the old state was put back"
    assert steps.ran == [*ALL[: ALL.index(step) + 1], "rescue"]
    assert (tmp_path / "undone").read_text() == "undo\n"
    assert not (tmp_path / "file").exists()
    assert not Path(store.journal).exists()


@pytest.mark.parametrize(
    ("record", "complaint"),
    [
        (Record(check="echo gone; false\n"), "the live state of recorder is not what was applied: gone"),
        (Record(commit=[["false"]]), "false failed: exit code 1 without a word"),
        (Record(boot_files=[OwnFile("/proc/no/file", "x")]), "No such file or directory"),
    ],
)
def test_a_commit_that_fails_is_undone(tmp_path: Path, store: Store, record: Record, complaint: str) -> None:
    with pytest.raises(GatewayError) as caught:
        converge(lambda: Recorder(tmp_path, record=record), False, store=store)
    assert complaint in str(caught.value)
    assert str(caught.value).endswith("; the old state was put back")
    assert not Path(store.journal).exists()


def test_the_last_word_on_a_subject_counts_and_each_subject_has_its_own(tmp_path: Path, store: Store) -> None:
    member = Membership("run", 60)

    def part(subject: str, answer: str) -> Recorder:
        (tmp_path / subject).write_text(answer)
        check = f"cmp {tmp_path}/{subject} $SAVED/expected\n"
        return Recorder(tmp_path, record=Record(saved={"expected": answer}, check=check))

    for subject, answer in (("one", "first"), ("two", "only"), ("one", "second")):
        converge(lambda: part(subject, answer), False, member, store)  # noqa: B023  (called at once)
    (tmp_path / "two").write_text("drift")
    with pytest.raises(GatewayError, match=r"two .*differ"):
        confirm("run", False, store)
    again = Membership("again", 60)
    for answer in ("first", "second"):
        converge(lambda: part("one", answer), False, again, store)  # noqa: B023
    assert confirm("again", False, store).changed


def test_an_interruption_is_undone_too(tmp_path: Path, store: Store) -> None:
    steps = Recorder(tmp_path, failures={"verify": KeyboardInterrupt()})
    with pytest.raises(KeyboardInterrupt):
        converge(lambda: steps, False, store=store)
    assert (tmp_path / "undone").exists()
    assert not (tmp_path / "file").exists()


def test_a_failing_way_back_is_not_hidden(tmp_path: Path, store: Store) -> None:
    steps = Recorder(tmp_path, failures={"apply": GatewayError("no")}, record=Record(undo="echo stuck; false\n"))
    with pytest.raises(GatewayError) as caught:
        converge(lambda: steps, False, store=store)
    assert str(caught.value) == (
        "no; and the old state could not be put back: stuck\n00-recorder: its undo failed with code 1"
    )


def test_a_failing_rescue_is_not_hidden(tmp_path: Path, store: Store) -> None:
    steps = Recorder(tmp_path, failures={"apply": GatewayError("no"), "rescue": GatewayError("stuck")})
    with pytest.raises(GatewayError, match=r"^no; and the old state could not be put back: stuck$"):
        converge(lambda: steps, False, store=store)


def test_what_joins_a_transaction_stays_open_and_falls_with_it(tmp_path: Path, store: Store) -> None:
    member = Membership("run-1", 60)
    converge(lambda: Recorder(tmp_path), False, member, store)
    assert (tmp_path / "file").read_text() == "new\n"
    assert Path(store.journal).is_dir()
    (tmp_path / "two").mkdir()
    with pytest.raises(GatewayError, match=r"^no; the old state was put back \(transaction run-1\)$"):
        converge(lambda: Recorder(tmp_path / "two", failures={"verify": GatewayError("no")}), False, member, store)
    assert not (tmp_path / "file").exists()
    with pytest.raises(GatewayError) as caught:
        converge(lambda: Recorder(tmp_path), False, member, store)
    assert "transaction run-1 was rolled back at 20" in str(caught.value)
    assert str(caught.value).endswith("Z because no: begin again with a new id")


@pytest.mark.parametrize("member", [Membership(), Membership("run-2")])
def test_another_run_is_refused_with_whose_turn_it_is(tmp_path: Path, store: Store, member: Membership) -> None:
    converge(lambda: Recorder(tmp_path), False, Membership("run-1", 60), store)
    with pytest.raises(GatewayError) as caught:
        converge(lambda: Recorder(tmp_path), False, member, store)
    assert str(caught.value).startswith("transaction run-1 (since 20")
    assert "it ends by itself at 20" in str(caught.value)
    (warning,) = converge(lambda: Recorder(tmp_path), True, member, store).warnings
    assert warning.startswith("transaction run-1 (since 20")


def test_a_transaction_whose_timer_was_lost_is_rolled_back_by_the_next_run(tmp_path: Path, store: Store) -> None:
    (tmp_path / "file").write_text("old\n")
    converge(lambda: Recorder(tmp_path), False, Membership("run-1", 60), store)
    journal = Path(store.journal, "journal.json")
    journal.write_text(journal.read_text().replace('"deadline": ', '"deadline": -'))
    with store.locked() as lock:
        assert settle(store, lock, "run-2") is None
    assert (tmp_path / "file").read_text() == "old\n"
    gone = store.rolled_back("run-1")
    assert gone is not None
    assert gone.reason == "its time was over and its timer did not run"
