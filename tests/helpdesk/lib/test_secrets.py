import pytest

from helpdesk.lib import secrets


def test_a_sealed_secret_comes_back_and_does_not_show():
    sealed = secrets.seal("hasło żółw")

    assert secrets.unseal(sealed) == "hasło żółw"
    assert "hasło".encode() not in sealed


def test_a_new_secret_key_reads_old_seals_only_by_its_fallback(settings):
    sealed = secrets.seal("password")
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another secret of some length"
    with pytest.raises(secrets.CannotUnseal) as refusal:
        secrets.unseal(sealed)
    assert "password" not in str(refusal.value).replace("stored password", "").replace("the password again", "")

    settings.SECRET_KEY_FALLBACKS = [old]

    assert secrets.unseal(sealed) == "password"
