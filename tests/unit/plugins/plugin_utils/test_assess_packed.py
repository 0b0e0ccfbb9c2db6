"""Results of a probe host as one string: nothing is lost, whatever a network made it say."""

from __future__ import annotations

import typing as t

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._packed import packed, results_in

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
_RESULTS = st.lists(
    st.fixed_dictionaries({"id": st.text(), "observation": st.sampled_from(["open", "dropped"]), "more": _VALUES})
)


@given(_RESULTS)
def test_nothing_is_lost(results: t.List[t.Dict[str, t.Any]]) -> None:
    assert results_in(packed({"results": results})) == results


def test_what_a_person_wants_to_know_stays_readable() -> None:
    results = [{"observation": "open"}, {"observation": "dropped"}, {"observation": "open"}]
    made = packed(
        {"changed": False, "passed": False, "results": results, "invocation": {"module_args": {"checks": []}}}
    )
    assert {key: made[key] for key in made if key != "packed"} == {
        "changed": False,
        "passed": False,
        "observations": {"dropped": 1, "open": 2},
    }
    assert isinstance(made["packed"], str)


def test_eighty_results_are_a_short_string() -> None:
    one = {"kind": "tcp", "observation": "open", "reason": "203.0.113.10 completed the handshake", "elapsed": 0.004}
    results = [{"id": f"iot/kisi/{number}", "target": f"imp{number}.example:443", **one} for number in range(80)]
    assert len(packed({"results": results})["packed"]) < 3000


def test_results_that_nobody_packed_and_none_at_all() -> None:
    assert results_in({"results": [{"id": "a"}]}) == [{"id": "a"}]
    assert results_in({"failed": True, "msg": "no route"}) is None
