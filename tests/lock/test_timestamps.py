"""Time stamps: made by an authority of our own where there is openssl, else read from a recorded reply."""

from __future__ import annotations

import base64
import json
import shutil
from pathlib import Path

import pytest

from csrbook.errors import UsageError
from csrbook.lock import timestamps as module
from csrbook.lock import verify_lock
from csrbook.lock.audit_trail import read
from csrbook.lock.der import with_sorted_certificates
from csrbook.lock.keys import load_key, new_key
from csrbook.lock.signatures import sign_lock
from csrbook.lock.timestamps import attach_reply, query, timestamps, verify_reply

from .authority import Authority

RECORDED = Path(__file__).parent / "data" / "timestamp"
needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl to stamp with")
needs_library = pytest.mark.skipif(not module.can_verify(), reason="the extra 'sign' is not installed")


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("tsa") / "authority")


@pytest.fixture
def recorded():
    """A reply, what it stamps, and the root above the certificate that signed it."""
    return [(RECORDED / name).read_bytes() for name in ("reply.tsr", "message.txt", "root.pem")]


@needs_library
def test_a_recorded_reply_verifies_without_openssl_and_without_a_network(recorded):
    assert verify_reply(*recorded) == "2026-11-22T18:07:27Z"


@needs_library
@pytest.mark.parametrize("part", [0, 1], ids=["reply", "message"])
def test_a_reply_of_which_a_byte_was_changed_does_not_verify(recorded, part):
    whole = recorded[part]
    for position in range(0, len(whole), 9):
        data = bytearray(whole)
        data[position] ^= 1
        recorded[part] = bytes(data)
        # A few bytes lie outside of what is signed and say nothing of the time, such as the order of the certificates.
        try:
            time = verify_reply(*recorded)
        except ValueError:
            continue
        assert part == 0
        assert time == "2026-11-22T18:07:27Z"


@needs_library
def test_certificates_out_of_order_are_sorted_and_nothing_else_is_touched(recorded):
    reply = recorded[0]
    ordered = with_sorted_certificates(reply)
    assert ordered != reply, "openssl wrote the signer's certificate first"
    assert sorted(ordered) == sorted(reply)
    assert with_sorted_certificates(ordered) == ordered


@pytest.mark.parametrize("data", [b"", b"0", b"\x30\x80", b"\x30\x05\x02\x01\x00", b"\x30\x84\xff\xff\xff\xff", b"{}"])
def test_what_is_no_reply_stays_as_it_is(data):
    assert with_sorted_certificates(data) == data


@needs_library
def test_what_is_no_reply_is_refused(locked, recorded):
    with pytest.raises(UsageError, match="the time stamp does not verify"):
        attach_reply(locked, b"no reply", recorded[2])


@needs_library
def test_a_stamp_of_something_else_is_refused(locked, recorded):
    with pytest.raises(UsageError, match="not one of this lock"):
        attach_reply(locked, recorded[0], recorded[2])
    assert not (locked / "timestamps").exists()


@needs_openssl
@needs_library
def test_a_lock_is_stamped_and_verified_at_any_later_time(locked, small, authority):
    stamp = attach_reply(locked, authority.reply(query(locked)), authority.root)
    assert (stamp.record, stamp.of) == ("timestamps/001.json", "manifest.json")
    assert timestamps(locked) == [stamp]
    assert verify_lock(locked, small.plan, content=True) == []
    assert verify_lock(locked, small.plan, ca=authority.root) == []
    assert read(locked.parent)[-1].details["time"] == stamp.time


@needs_openssl
@needs_library
def test_a_signature_is_stamped(locked, small, authority, tmp_path):
    new_key(tmp_path / "key.pem")
    signature = sign_lock(locked, small.plan, load_key(tmp_path / "key.pem"), name="Jane Doe", meaning="approved")
    stamp = attach_reply(locked, authority.reply(query(locked, signature.record)), authority.root)
    assert stamp.of == "signatures/001.json"
    assert verify_lock(locked, small.plan) == []
    with pytest.raises(UsageError, match=r"the lock has no signatures/002\.json"):
        query(locked, "signatures/002.json")


@needs_openssl
@needs_library
def test_another_authority_is_not_trusted(locked, small, authority, tmp_path):
    other = Authority(tmp_path / "other")
    reply = other.reply(query(locked))
    with pytest.raises(UsageError, match="does not verify"):
        attach_reply(locked, reply, authority.root)
    attach_reply(locked, reply, other.root)
    (problem,) = verify_lock(locked, small.plan, ca=authority.root)
    assert problem.startswith("timestamps/001.json: the time stamp does not verify")


@needs_openssl
@needs_library
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"time": "2020-01-01T00:00:00Z"}, "the record was changed"),
        ({"of": "signatures/001.json"}, "the lock has no signatures/001.json"),
        ({"reply": base64.b64encode(b"0").decode()}, "the time stamp does not verify"),
        ({"ca": ""}, "the time stamp does not verify"),
    ],
)
def test_a_changed_stamp_is_named(locked, small, authority, changes, message):
    attach_reply(locked, authority.reply(query(locked)), authority.root)
    path = locked / "timestamps" / "001.json"
    path.chmod(0o644)
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | changes), "utf-8")
    first, second = verify_lock(locked, small.plan)
    assert first.startswith(f"timestamps/001.json: {message}")
    assert second == "timestamps/001.json is not the one that the audit trail records"


def test_without_the_library_one_is_told_what_to_install(locked, monkeypatch, recorded):
    monkeypatch.setitem(__import__("sys").modules, "rfc3161_client", None)
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match="not installed") as caught:
        attach_reply(locked, recorded[0], recorded[2])
    assert 'pip install "csrbook[sign]"' in caught.value.todo
    assert not module.can_verify()
    assert module.timestamp_faults(locked) == []
