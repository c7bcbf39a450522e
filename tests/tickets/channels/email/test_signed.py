import base64
import zlib
from datetime import datetime
from functools import cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from tickets.channels.email import signed, traits
from tickets.channels.email.parsing import parse

INNER = b"Content-Type: text/plain; charset=utf-8\r\n\r\nPodpisane s\xc5\x82owa\r\n"


@cache
def key_and_certificate(kind):
    key = (
        ec.generate_private_key(ec.SECP256R1())
        if kind == "ec"
        else rsa.generate_private_key(public_exponent=65537, key_size=2048)
    )
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Jan")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(datetime(2026, 1, 1)).not_valid_after(datetime(2036, 1, 1))
    return key, builder.sign(key, hashes.SHA256())


@cache
def signed_data(*options):
    key, certificate = key_and_certificate("ec")
    builder = pkcs7.PKCS7SignatureBuilder().set_data(INNER).add_signer(certificate, key, hashes.SHA256())
    return builder.sign(Encoding.DER, list(options))


@cache
def encrypted_data():
    _, certificate = key_and_certificate("rsa")
    return pkcs7.PKCS7EnvelopeBuilder().set_data(INNER).add_recipient(certificate).encrypt(Encoding.DER, [])


def element(tag, *pieces):
    content = b"".join(pieces)
    return bytes([tag]) + b"\x84" + len(content).to_bytes(4, "big") + content


def endless(tag, *pieces):
    """As a program writes it that does not know the length yet."""
    return bytes([tag]) + b"\x80" + b"".join(pieces) + b"\0\0"


SIGNED, DATA = bytes.fromhex("06092a864886f70d010702"), bytes.fromhex("06092a864886f70d010701")
COMPRESSED = bytes.fromhex("060b2a864886f70d0109100109")


def streamed(content, size=7, oid=SIGNED):
    pieces = [element(0x04, content[start : start + size]) for start in range(0, len(content), size)]
    wrapped = endless(0x30, DATA, endless(0xA0, endless(0x24, *pieces)))
    return endless(0x30, oid, endless(0xA0, endless(0x30, b"\x02\x01\x01", b"\x31\x00", wrapped, endless(0x31))))


def test_what_is_signed_is_read():
    assert signed.opened(signed_data(pkcs7.PKCS7Options.Binary)) == signed.Envelope("signed", INNER)


def test_a_signature_beside_its_mail_holds_none():
    assert signed.opened(signed_data(pkcs7.PKCS7Options.DetachedSignature)) == signed.Envelope("signed", None)


def test_what_is_encrypted_stays_closed():
    assert signed.opened(encrypted_data()) == signed.Envelope("encrypted", None)


def test_envelopes_written_as_a_stream_are_read():
    assert signed.opened(streamed(INNER * 50)) == signed.Envelope("signed", INNER * 50)


def test_compressed_mail_is_unpacked():
    assert signed.opened(streamed(zlib.compress(INNER), oid=COMPRESSED)) == signed.Envelope("compressed", INNER)


@pytest.mark.parametrize("junk", [b"", b"0", b"\x30\x80" * 50_000, b"-----BEGIN PKCS7-----", streamed(b"")])
def test_what_is_no_envelope_opens_nothing(junk):
    assert signed.opened(junk).content is None


@given(st.data())
def test_no_bytes_raise(data):
    raw = bytearray(data.draw(st.sampled_from([signed_data(pkcs7.PKCS7Options.Binary), streamed(INNER)])))
    for _ in range(data.draw(st.integers(1, 5))):
        raw[data.draw(st.integers(0, min(len(raw) - 1, 120)))] = data.draw(st.integers(0, 255))

    signed.opened(bytes(raw))


def smime(content, *, kind="application/pkcs7-mime; smime-type=signed-data", name="smime.p7m"):
    head = f"From: a@x.example\nContent-Type: {kind}; name={name}\nContent-Transfer-Encoding: base64\n\n"
    return head.encode() + base64.encodebytes(content)


@pytest.mark.parametrize("kind", ["application/pkcs7-mime", "application/x-pkcs7-mime", "application/octet-stream"])
def test_an_opaque_signed_mail_shows_its_words_and_keeps_its_envelope(kind):
    mail = parse(smime(signed_data(pkcs7.PKCS7Options.Binary), kind=kind))

    assert mail.text == "Podpisane słowa"
    assert mail.traits == (traits.SIGNED_SMIME,)
    assert [(file.name, file.content) for file in mail.attachments] == [
        ("smime.p7m", signed_data(pkcs7.PKCS7Options.Binary))
    ]


def test_files_inside_of_an_envelope_are_files():
    inner = (
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nwords\n--b\nContent-Type: application/pdf; name=a.pdf\n\n"
        b"%PDF-1.4\n--b--\n"
    )

    mail = parse(smime(streamed(inner)))

    assert (mail.text, [file.name for file in mail.attachments]) == ("words", ["smime.p7m", "a.pdf"])


def test_an_envelope_in_an_envelope_is_opened_up_to_a_bound():
    raw = INNER
    for _ in range(3):
        raw = smime(streamed(raw))

    assert parse(raw).text == "Podpisane słowa"
    for _ in range(9):
        raw = smime(streamed(raw))
    assert parse(raw).text == ""


def test_an_encrypted_mail_says_so():
    mail = parse(smime(encrypted_data(), kind="application/pkcs7-mime; smime-type=enveloped-data"))

    assert (mail.text, mail.traits) == ("", (traits.ENCRYPTED_SMIME,))
    assert [file.name for file in mail.attachments] == ["smime.p7m"]


@pytest.mark.parametrize(
    ("kind", "trait"),
    [
        ('signed; protocol="application/pkcs7-signature"', traits.SIGNED_SMIME),
        ('signed; protocol="application/x-pkcs7-signature"', traits.SIGNED_SMIME),
        ('signed; protocol="application/pgp-signature"; micalg=pgp-sha256', traits.SIGNED_PGP),
        ('encrypted; protocol="application/pgp-encrypted"', traits.ENCRYPTED_PGP),
        ("mixed", None),
    ],
)
def test_signed_and_encrypted_multiparts_are_named(kind, trait):
    raw = f"From: a@x.example\nContent-Type: multipart/{kind}; boundary=b\n\n--b\n\nwords\n--b--\n".encode()

    mail = parse(raw)

    assert mail.text == "words"
    assert mail.traits == ((trait,) if trait else ())


ARMOUR = """-----BEGIN PGP SIGNED MESSAGE-----
Hash: SHA256

Dzień dobry,
- -- to jest kreska
- -----
-----BEGIN PGP SIGNATURE-----

iQEzBAEBCAAdFiEE
=abcd
-----END PGP SIGNATURE-----
"""


def test_text_signed_with_pgp_is_named_and_kept_as_it_came():
    mail = parse(f"From: a@x.example\n\nBefore.\n\n{ARMOUR}\nAfter.\n".encode())

    assert mail.traits == (traits.SIGNED_PGP,)
    assert ARMOUR.strip() in mail.text


def test_a_reader_sees_it_without_its_armour():
    assert signed.without_armour(f"Before.\n\n{ARMOUR}\nAfter.") == (
        "Before.\n\nDzień dobry,\n-- to jest kreska\n-----\n\nAfter."
    )


@pytest.mark.parametrize(
    "text", ["", "words", "-----BEGIN PGP SIGNED MESSAGE-----\nnever ends", "-----BEGIN PGP SIGNATURE-----"]
)
def test_other_text_stays_as_it_is(text):
    assert signed.without_armour(text) == text


def test_text_encrypted_with_pgp_says_so():
    text = "-----BEGIN PGP MESSAGE-----\n\nhQEMA\n=abcd\n-----END PGP MESSAGE-----"

    assert parse(f"From: a@x.example\n\n{text}\n".encode()).traits == (traits.ENCRYPTED_PGP,)
