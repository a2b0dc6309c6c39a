"""Signatures: whose, of what, meaning what; and that none can be changed, moved, taken out or forged unseen."""

from __future__ import annotations

import base64
import json
import shutil
import stat

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from csrbook.errors import IntegrityError, UsageError
from csrbook.lock import open_lock, verify_lock
from csrbook.lock.audit_trail import append, check, read
from csrbook.lock.hashing import file_hash
from csrbook.lock.keys import is_protected, load_key, new_key, public_text
from csrbook.lock.signatures import missing_signatories, sign_lock, signatures
from csrbook.plan.models import Signatory

MEANING = "approved the database for analysis"


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    for name in ("jane", "bob", "eve"):
        new_key(folder / f"{name}.pem")
    return {name: load_key(folder / f"{name}.pem") for name in ("jane", "bob", "eve")}


@pytest.fixture
def plan(small, keys):
    """A plan that Jane and Bob must sign under."""
    named = (
        Signatory(name="Jane Doe", role="Trial statistician", public_key=public_text(keys["jane"])),
        Signatory(name="Bob Roe", role="Data manager", public_key=public_text(keys["bob"])),
    )
    return small.plan.model_copy(update={"study": small.plan.study.model_copy(update={"signatories": named})})


@pytest.fixture
def signed(locked, plan, keys):
    """The lock, signed by both."""
    sign_lock(locked, plan, keys["jane"], name="Jane Doe", meaning=MEANING)
    sign_lock(locked, plan, keys["bob"], name="Bob Roe", meaning="the database is complete")
    return locked


def rewrite(path, **changes):
    """Change fields of a record."""
    record = json.loads(path.read_text("utf-8")) | changes
    path.chmod(0o644)
    path.write_text(json.dumps(record), "utf-8")


def test_who_signed_what_when(signed, plan):
    first, second = signatures(signed, plan)
    assert (first.name, first.role, first.meaning) == ("Jane Doe", "Trial statistician", MEANING)
    assert (second.name, second.role, second.meaning) == ("Bob Roe", "Data manager", "the database is complete")
    assert str(first) == f'Jane Doe, Trial statistician, {first.at}: "{MEANING}"'
    assert verify_lock(signed, plan, content=True) == []
    assert [entry.details["name"] for entry in read(signed.parent) if entry.event == "sign"] == ["Jane Doe", "Bob Roe"]
    assert open_lock(signed, plan).id == signed.name


def test_the_signature_is_the_one_that_the_documentation_describes(signed):
    """Verified by hand: Ed25519 over the context line and the other fields as sorted, compact ASCII JSON."""
    record = json.loads((signed / "signatures" / "001.json").read_text("utf-8"))
    signature = base64.b64decode(record.pop("signature"))
    assert (record["lock"], record["manifest_sha256"]) == (signed.name, file_hash(signed / "manifest.json"))
    message = b"csrbook signature 1\n" + json.dumps(record, sort_keys=True, separators=(",", ":")).encode()
    public = base64.b64decode(record["public_key"].removeprefix("ed25519:"))
    Ed25519PublicKey.from_public_bytes(public).verify(signature, message)


def test_the_id_of_the_lock_and_its_files_stay_as_they_are(small, locked, plan, keys):
    before = {path: path.read_bytes() for path in locked.rglob("*") if path.is_file()}
    sign_lock(locked, plan, keys["jane"], name="Jane Doe", meaning=MEANING)
    assert {path: path.read_bytes() for path in before} == before
    signatures = locked / "signatures"
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (locked, signatures, signatures / "001.json")]
    assert modes == [0o555, 0o555, 0o444]
    assert small.lock().id == locked.name


def test_those_who_did_not_sign_yet_are_named(locked, plan, keys):
    assert [signatory.name for signatory in missing_signatories(locked, plan)] == ["Jane Doe", "Bob Roe"]
    sign_lock(locked, plan, keys["bob"], name="Bob Roe", meaning=MEANING)
    assert [signatory.name for signatory in missing_signatories(locked, plan)] == ["Jane Doe"]


def test_without_signatories_in_the_plan_any_key_may_sign(small, locked, keys):
    sign_lock(locked, small.plan, keys["eve"], name="Eve", meaning=MEANING)
    assert verify_lock(locked, small.plan) == []
    assert missing_signatories(locked, small.plan) == []


@pytest.mark.parametrize(
    ("key", "name", "message"),
    [
        ("eve", "Jane Doe", "the plan names nobody with the key of Jane Doe"),
        ("jane", "Bob Roe", "the key is that of Jane Doe by the plan, not of Bob Roe"),
        ("jane", " ", "needs a name and a meaning"),
    ],
)
def test_nobody_signs_with_a_key_or_name_that_the_plan_does_not_know(locked, plan, keys, key, name, message):
    with pytest.raises(UsageError, match=message):
        sign_lock(locked, plan, keys[key], name=name, meaning=MEANING)
    assert not (locked / "signatures").exists()
    assert [entry for entry in read(locked.parent) if entry.event == "sign"] == []


TOUCHED = [
    ("name", "001: the signature is not one of what it stands under", {"name": "Bob Roe"}),
    ("time", "001: the signature is not one of what it stands under", {"at": "2020-01-01T00:00:00Z"}),
    ("meaning", "001: the signature is not one of what it stands under", {"meaning": "reviewed"}),
    ("key", "001: the signature is not one of what it stands under", {"public_key": f"ed25519:{'A' * 43}="}),
    ("no key", "001: the signature is not one of what it stands under", {"public_key": "ed25519:x"}),
    ("signature", "001: the signature is not one of what it stands under", {"signature": "AAAA"}),
    ("no signature", "001: the signature is not one of what it stands under", {"signature": None}),
    ("lock", "001.json belongs to another lock", {"lock": "L000000000000"}),
    ("manifest", "001.json belongs to another lock", {"manifest_sha256": "sha256:0"}),
]


@pytest.mark.parametrize(("message", "changes"), [row[1:] for row in TOUCHED], ids=[row[0] for row in TOUCHED])
def test_a_changed_signature_is_refused(signed, plan, message, changes):
    rewrite(signed / "signatures" / "001.json", **changes)
    problems = verify_lock(signed, plan)
    assert message in problems[0].replace(".json:", ":")
    assert problems[-1] == "signatures/001.json is not the one that the audit trail records"
    with pytest.raises(IntegrityError) as caught:
        open_lock(signed, plan)
    assert caught.value.exit_code == 3


def test_a_signature_cannot_be_moved_to_another_lock(small, signed, plan):
    other = small.under_another_plan(1).lock().path
    shutil.copytree(signed / "signatures", other / "signatures")
    assert "signatures/001.json belongs to another lock or another manifest" in verify_lock(other)


def test_a_signature_taken_out_is_missed(signed, plan):
    (signed / "signatures").chmod(0o755)
    (signed / "signatures" / "001.json").unlink()
    problems = verify_lock(signed, plan)
    assert problems == [
        "signatures/002.json: the signature before it was changed or taken out",
        "signatures/001.json is missing",
    ]


def test_a_stranger_who_writes_a_true_signature_is_named(small, locked, plan, keys):
    """Under a plan without signatories it would do."""
    sign_lock(locked, small.plan, keys["eve"], name="Jane Doe", meaning=MEANING)
    (problem,) = verify_lock(locked, plan)
    assert problem.startswith("signatures/001.json: the plan names nobody with the key of Jane Doe (ed25519:")


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b"[" * 100_000, b"\xff"], ids=["none", "list", "{}", "deep", "text"]
)
def test_what_is_no_record_is_named(signed, plan, data):
    path = signed / "signatures" / "002.json"
    path.chmod(0o644)
    path.write_bytes(data)
    assert verify_lock(signed, plan)[0].startswith("signatures/002.json is no")


def test_a_file_of_another_name_is_extra(signed, plan):
    (signed / "signatures").chmod(0o755)
    (signed / "signatures" / "note.json").touch()
    assert verify_lock(signed, plan)[0] == "signatures/note.json was added after the lock"


def test_a_broken_audit_trail_is_not_signed_upon(locked, small, keys):
    append(locked.parent, "render", version="v001")
    trail = locked.parent / "audit.jsonl"
    trail.write_text(trail.read_text("utf-8").replace('"v001"', '"v002"'), "utf-8")
    with pytest.raises(IntegrityError, match="audit trail was changed") as caught:
        sign_lock(locked, small.plan, keys["eve"], name="Eve", meaning=MEANING)
    assert "line 3: it was changed" in caught.value.where


def test_what_a_crash_left_out_of_the_trail_is_entered_by_the_next_signature(locked, small, keys):
    """A signature whose signer died before the trail was written: the trail is as it was before."""
    trail = (locked.parent / "audit.jsonl").read_bytes()
    sign_lock(locked, small.plan, keys["jane"], name="Jane Doe", meaning=MEANING)
    (locked.parent / "audit.jsonl").write_bytes(trail)
    assert verify_lock(locked, small.plan) == []
    sign_lock(locked, small.plan, keys["bob"], name="Bob Roe", meaning=MEANING)
    first, second = [entry for entry in read(locked.parent) if entry.event == "sign"]
    assert (first.details["name"], first.details["recovered"]) == ("Jane Doe", True)
    assert (second.details["name"], "recovered" in second.details) == ("Bob Roe", False)
    assert verify_lock(locked, small.plan) == []


def test_a_trail_cut_short_after_a_signature_is_noticed_by_the_next(signed, plan):
    trail = signed.parent / "audit.jsonl"
    rows = trail.read_bytes().splitlines(keepends=True)
    trail.write_bytes(b"".join(rows[:2]))
    assert check(signed.parent) == []
    (problem,) = verify_lock(signed, plan)
    assert problem.startswith("audit.jsonl lacks the line that signatures/002.json of L")


def test_keys_lie_in_files_that_only_their_owner_reads(tmp_path):
    public = new_key(tmp_path / "key.pem")
    assert stat.S_IMODE((tmp_path / "key.pem").stat().st_mode) == 0o600
    assert public == public_text(load_key(tmp_path / "key.pem"))
    assert len(base64.b64decode(public.removeprefix("ed25519:"))) == 32
    assert Signatory(name="x", public_key=public).public_key == public
    with pytest.raises(UsageError, match="never overwritten"):
        new_key(tmp_path / "key.pem")
    with pytest.raises(UsageError, match="no such folder"):
        new_key(tmp_path / "nowhere" / "key.pem")


def test_a_passphrase_protects_a_key(tmp_path):
    new_key(tmp_path / "key.pem", "correct horse")
    assert is_protected(tmp_path / "key.pem")
    assert load_key(tmp_path / "key.pem", "correct horse")
    for wrong in ("", "incorrect"):
        with pytest.raises(UsageError, match="the passphrase is wrong"):
            load_key(tmp_path / "key.pem", wrong)


def test_what_is_no_key_is_refused(tmp_path):
    with pytest.raises(UsageError, match="no such key"):
        load_key(tmp_path / "none.pem")
    (tmp_path / "bad.pem").write_text("no key")
    with pytest.raises(UsageError, match="not readable"):
        load_key(tmp_path / "bad.pem")
    other = generate_private_key(SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "other.pem").write_bytes(other)
    with pytest.raises(UsageError, match="not of the kind Ed25519"):
        load_key(tmp_path / "other.pem")
