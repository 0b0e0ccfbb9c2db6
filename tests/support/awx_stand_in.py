"""So much of AWX's API as the modules of awx.awx need: objects, their relations, surveys, approval nodes.

It refuses what AWX refuses, where these tests are about that: a survey that is none, a playbook that the project lacks,
a second Machine credential, a rule without DTSTART and INTERVAL. Like AWX it never shows a secret again. It lets in who
has the token, and gives one to who has the password.
"""

from __future__ import annotations

import base64
import json
import ssl
import threading
import typing as t
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

Data = t.Dict[str, t.Any]
TOKEN = "token-of-the-tests"
USER, PASSWORD = "somebody", "password-of-the-tests"
MACHINE = 1
_ENCRYPTED = "$encrypted$"
_RUNNABLE = ("job_templates", "workflow_job_templates", "projects", "inventory_sources")
_QUESTIONS = {
    "text": str,
    "textarea": str,
    "password": str,
    "multiplechoice": str,
    "multiselect": str,  # of a default; an answer is a list
    "integer": int,
    "float": float,
}


class Refused(Exception):
    """AWX answers 400."""


class Awx:
    """The objects by kind, as the API has them."""

    def __init__(self) -> None:
        self.kinds: t.Dict[str, t.Dict[int, Data]] = {}
        self.related: t.Dict[t.Tuple[str, int, str], t.List[int]] = {}
        self.surveys: t.Dict[t.Tuple[str, int], Data] = {}
        self.requests: t.List[t.Tuple[str, str]] = []
        self.secrets: t.Dict[int, Data] = {}
        self.refuses = ""  # a kind of which it takes none, and says what it was given
        self._last = MACHINE
        machine = {"name": "Machine", "kind": "ssh", "inputs": {"fields": _secret_fields()}}
        self.kinds["credential_types"] = {MACHINE: self._full("credential_types", MACHINE, machine)}
        self.kinds["project_updates"] = {1: {"id": 1, "status": "successful"}}

    def named(self, kind: str, name: str) -> Data:
        return next(one for one in self.kinds[kind].values() if name in (one.get("name"), one.get("identifier")))

    def names(self, kind: str) -> t.List[str]:
        return sorted(str(one.get("name") or one.get("identifier")) for one in self.kinds.get(kind, {}).values())

    def find(self, kind: str, query: t.Sequence[t.Tuple[str, str]]) -> Data:
        kinds = _RUNNABLE if kind == "unified_job_templates" else (kind,)
        rows = [one for name in kinds for one in self.kinds.get(name, {}).values()]
        either = [(key[len("or__") :], value) for key, value in query if key.startswith("or__")]
        every = [(key, value) for key, value in query if not key.startswith("or__")]
        found = [
            one
            for one in rows
            if all(str(one.get(key)) == value for key, value in every)
            and (not either or any(str(one.get(key)) == value for key, value in either))
        ]
        return _page(found)

    def _full(self, kind: str, number: int, fields: Data) -> Data:
        url = f"/api/v2/{kind}/{number}/"
        related = {"survey_spec": f"{url}survey_spec/", **fields.pop("related", {})}
        return {"id": number, "url": url, "type": kind[:-1], "related": related, "summary_fields": {}, **fields}

    def create(self, kind: str, fields: Data) -> Data:
        self._last += 1
        found = self._full(kind, self._last, {})
        if kind == "projects":
            found.update(scm_revision="", playbook_files=[], summary_fields={"current_update": {"id": 1}})
        self._change(kind, found, fields)
        self.kinds.setdefault(kind, {})[self._last] = found
        return found

    def _change(self, kind: str, found: Data, fields: Data) -> None:
        if kind == self.refuses:
            raise Refused(f"not today: {fields}")
        if kind == "job_templates":
            self._check_playbook({**found, **fields})
        if kind == "schedules" and not all(word in fields.get("rrule", "") for word in ("DTSTART", "INTERVAL")):
            raise Refused("rrule")
        if "extra_vars" in fields and not isinstance(fields["extra_vars"], str):
            raise Refused("extra_vars is a string")
        if kind == "credentials" and "inputs" in fields:
            fields = {**fields, "inputs": self._sealed(found["id"], fields)}
        found.update(fields)

    def _sealed(self, number: int, fields: Data) -> Data:
        kind = self.kinds["credential_types"][fields["credential_type"]]
        secret = {one["id"] for one in kind["inputs"]["fields"] if one.get("secret")}
        known = {one["id"] for one in kind["inputs"]["fields"]}
        if not set(fields["inputs"]) <= known:
            raise Refused(f"inputs: {sorted(set(fields['inputs']) - known)}")
        self.secrets[number] = fields["inputs"]
        return {name: _ENCRYPTED if name in secret else value for name, value in fields["inputs"].items()}

    def _check_playbook(self, fields: Data) -> None:
        project = self.kinds["projects"][fields["project"]]
        if not project.get("allow_override") and fields["playbook"] not in project["playbook_files"]:
            raise Refused("Playbook not found for project.")

    def patch(self, kind: str, number: int, fields: Data) -> Data:
        self._change(kind, self.kinds[kind][number], fields)
        return self.kinds[kind][number]

    def relate(self, kind: str, number: int, name: str, fields: Data) -> None:
        ids = self.related.setdefault((kind, number, name), [])
        if fields.get("disassociate"):
            ids.remove(fields["id"])
            return
        ids.append(fields["id"])
        machines = [one for one in ids if name == "credentials" and self._is_machine(one)]
        if len(machines) > 1:
            raise Refused("Cannot assign multiple Machine credentials.")

    def _is_machine(self, number: int) -> bool:
        return bool(self.kinds["credentials"][number]["credential_type"] == MACHINE)

    def listed(self, kind: str, number: int, name: str) -> Data:
        if number not in self.kinds.get(kind, {}):
            raise KeyError(number)
        return _page([{"id": one} for one in self.related.get((kind, number, name), [])])

    def approve(self, number: int, fields: Data) -> Data:
        found = self.create("workflow_approval_templates", fields)
        node = self.kinds["workflow_job_template_nodes"][number]
        node["unified_job_template"] = found["id"]
        node["related"]["unified_job_template"] = found["url"]
        return found


def _secret_fields() -> t.List[Data]:
    hidden = [
        {"id": name, "secret": True} for name in ("ssh_key_data", "ssh_key_unlock", "password", "become_password")
    ]
    return [{"id": "username"}, {"id": "become_method"}, *hidden]


def _page(results: t.List[Data]) -> Data:
    return {"count": len(results), "next": None, "previous": None, "results": results}


def check_survey(spec: Data) -> None:
    """Refuse what AWX refuses."""
    if not all(isinstance(spec.get(key), str) for key in ("name", "description")) or not spec.get("spec"):
        raise Refused("name, description and spec are needed")
    variables = [one.get("variable") for one in spec["spec"]]
    if len(set(variables)) != len(variables):
        raise Refused("a variable twice")
    for one in spec["spec"]:
        if not all(isinstance(one.get(key), str) and one[key] for key in ("type", "question_name", "variable")):
            raise Refused(f"a question lacks type, question_name or variable: {one}")
        if not isinstance(one.get("required"), bool) or one["type"] not in _QUESTIONS:
            raise Refused(f"required or type: {one}")
        if not all(one.get(key) is None or one[key].__class__ is int for key in ("min", "max")):
            raise Refused(f"min or max: {one}")
        _check_default(one)


def _check_default(one: Data) -> None:
    choices = one.get("choices")
    if one["type"] in ("multiplechoice", "multiselect") and not choices:
        raise Refused(f"no choices: {one}")
    default = one.get("default")
    if default is None:
        return
    if default.__class__ is not _QUESTIONS[one["type"]]:
        raise Refused(f"the default's type: {one}")
    if choices and not set(str(default).splitlines()) <= set(choices):
        raise Refused(f"the default is no choice: {one}")


class _Handler(BaseHTTPRequestHandler):
    awx: t.ClassVar[Awx]
    protocol_version = "HTTP/1.1"

    def log_message(self, *_args: object) -> None:
        """Tests read what was asked from `requests`."""

    def do_GET(self) -> None:
        self._serve()

    do_POST = do_PATCH = do_DELETE = do_GET

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length) or b"{}")
        url = urlsplit(self.path)
        self.awx.requests.append((self.command, self.path))
        parts = url.path.strip("/").split("/")[2:]
        if not self._let_in(parts[0]):
            return self._answer(401, {"detail": "Authentication credentials were not provided."})
        try:
            code, found = self._route(parts, body, parse_qsl(url.query))
        except Refused as exc:
            code, found = 400, {"detail": str(exc), "error": str(exc)}
        except KeyError:
            code, found = 404, {"detail": "Not found."}
        return self._answer(code, found)

    def _let_in(self, kind: str) -> bool:
        basic = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        wanted = f"Basic {basic}" if kind == "tokens" else f"Bearer {TOKEN}"
        return self.headers.get("Authorization") == wanted

    def _route(self, parts: t.List[str], body: Data, query: t.List[t.Tuple[str, str]]) -> t.Tuple[int, Data]:
        kind = parts[0]
        if kind == "tokens":
            return (204, {}) if self.command == "DELETE" else (201, {"id": 1, "token": TOKEN})
        if len(parts) == 1:
            return (200, self.awx.find(kind, query)) if self.command == "GET" else (201, self.awx.create(kind, body))
        number = int(parts[1])
        if len(parts) == 2:
            if self.command == "PATCH":
                return 200, self.awx.patch(kind, number, body)
            return 200, self.awx.kinds[kind][number]
        return self._inner(kind, number, parts[2], body)

    def _inner(self, kind: str, number: int, name: str, body: Data) -> t.Tuple[int, Data]:
        if name == "create_approval_template":
            return 201, self.awx.approve(number, body)
        if name == "survey_spec":
            if self.command == "POST":
                check_survey(body)
                self.awx.surveys[kind, number] = body
            if self.command == "DELETE":
                self.awx.surveys.pop((kind, number), None)
            return 200, self.awx.surveys.get((kind, number), {})
        if self.command == "POST":
            self.awx.relate(kind, number, name, body)
            return 204, {}
        return 200, self.awx.listed(kind, number, name)

    def _answer(self, code: int, found: Data) -> None:
        body = b"" if code == 204 else json.dumps(found).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def awx_api(tls: t.Optional[ssl.SSLContext] = None) -> t.Iterator[t.Tuple[Awx, str]]:
    """An AWX without anything in it, and its URL."""
    awx = Awx()
    handler = type("Handler", (_Handler,), {"awx": awx})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield awx, f"{'https' if tls else 'http'}://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)
