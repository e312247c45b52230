"""Which names denote secrets, however they are written."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telnyx_connections_mcp.redaction.names import is_secret_name


def listed(names: str) -> list[str]:
    return names.split()


DOCUMENTED = listed("""
active adjust_dtmf_timestamp android_push_credential_id anchorsite_override ani_override auth_retries auth_username
authentication call_control_id call_cost_in_webhooks call_leg_id call_session_id client_state codecs connection_name
created_at credential_active credential_connections credential_type credential_username default_primary_fqdn_id
encode_contact_header_enabled encrypted_media external_sip_connection fqdn_outbound_authentication headers
ip_authentication_method ios_push_credential_id isup_headers_enabled messaging_profile_id onnet_t38_passthrough_enabled
outbound_proxy outbound_voice_profile_id payload pointer record_type redact_dtmf_debug_logging
rtp_pass_codecs_on_stream_change sip_compact_headers_enabled sip_registration_status sip_uri_calling_preference
sip_username shaken_stir_enabled source status_callback tags tech_prefix tech_prefix_enabled transport_protocol
user_name username webhook_api_version webhook_event_failover_url webhook_event_url whitelisted_destinations
""")
DOCUMENTED_SECRETS = listed("external_pin ip_authentication_token password sip_password")
SECRETS = listed("""
pwd passwd sip_pwd authorization Proxy-Authorization apiKey APIKEY X-Api-Key private_key privateKey credentials
sipPassword SIPPASSWORD userpwd sip_pass db.password password2 webhook_signing_key signingSecret auth authToken ha1
sip_ha1 Cookie Set-Cookie PHPSESSID sessionid access_code otp bearer jwt tls.key keys totp passphrase sip%5Fpassword
sip%255Fpassword ｐａｓｓｗｏｒｄ pass\u200bword contraseña Passwort hmac signature
pass_word passWord PASSword pAsSwOrD pass_code securityCode dbpass sip_pw pswd wpa_psk creds
pin_code mot_de_passe motDePasse Geheimnis wachtwoord sas SAS-Token puk bindpw connectionString backup_codes
pins user_jwts security_code_1 pässwörd csrf-token client_assertion tokenizer_secret tokenizersecret
""")
OTHERS = listed("""
token_expires_at password_required secretId key_file apiKeyName tokenUrl public_key publicKey primary_key code
status_code zip_code keyboard monkey bypass compass pass_codecs passenger pinned authored
token_expires_at2 tokenizer tokenized tokenisation secretary secretaries password_strength 12 - \u200b
""")


def test_documented_fields_are_secret_only_if_they_hold_secrets() -> None:
    """Of the fields that Telnyx documents, only those that hold secrets count as secret."""
    assert [name for name in DOCUMENTED if is_secret_name(name)] == []
    assert [name for name in DOCUMENTED_SECRETS if not is_secret_name(name)] == []


@pytest.mark.parametrize("name", SECRETS)
def test_secret_names(name: str) -> None:
    """Names of secrets are recognized in many spellings and languages."""
    assert is_secret_name(name)


def test_encoded_names_are_decoded() -> None:
    """A name is decoded even if it was percent-encoded or escaped many times."""
    assert is_secret_name("sip%2525255Fpassword")
    assert is_secret_name(f"pass%{'25' * 1000}77ord")
    assert is_secret_name(f"pass&{'amp;' * 1000}#119;ord")
    assert is_secret_name("pass%5Cu0077ord")


@pytest.mark.parametrize("name", [*OTHERS, ""])
def test_names_that_only_look_secret(name: str) -> None:
    """Names that describe a secret, and ordinary words that resemble one, are not secret."""
    assert not is_secret_name(name)


BEFORE = st.lists(st.sampled_from(["sip", "webhook", "my", "user", "v", "client"]), max_size=3)
STEMS = st.sampled_from([("password",), ("api", "key"), ("private", "key"), ("access", "token"), ("secret",), ("pwd",)])
HOW = st.sampled_from(["_", "-", ".", " ", "%5F", "/", "camel", "UPPER_"])


@given(BEFORE, STEMS, HOW, st.sampled_from(["", "2", "_1"]))
def test_a_secret_name_is_recognized_however_its_words_are_joined(
    before: list[str], stem: list[str], how: str, after: str
) -> None:
    """Prefixes, separators, case and trailing numbers do not hide the name of a secret."""
    words = [*before, *stem]
    if how == "camel":
        name = words[0] + "".join(map(str.title, words[1:]))
    else:
        name = "_".join(words).upper() if how == "UPPER_" else how.join(words)
    assert is_secret_name(name + after)


@given(st.text(max_size=200))
def test_any_name_can_be_judged(name: str) -> None:
    """No name raises an error, however odd or long, and a secret word at either end counts."""
    assert is_secret_name(f"{name}_password")
    assert is_secret_name(f"password_{'x' * 100}")
    assert is_secret_name(name) in (True, False)


def test_case_does_not_matter() -> None:
    """Names whose words are separated are judged alike in any case."""
    for case, word in product((str.lower, str.upper, str.title), ("api_key", "sip-password", "auth.token")):
        assert is_secret_name(case(word))
