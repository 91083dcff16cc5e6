"""The list of checks that traces and test runs show is made by the verification itself."""

from __future__ import annotations

import pytest

from sso.errors import LoginRefused, Reason
from sso.model import Verdict
from sso.saml import STEPS, checklist, verify
from tests.idp.saml_encrypt import Encryption
from tests.idp.saml_idp import Signing, the
from tests.sso.saml_world import ATTACKER, IDP, NOW, OURS, REQUEST, SP, TRUST, answer

FAILURES = {
    "form": answer()[:-9],
    "structure": answer(bend=lambda root: root.set("Version", "1.1"), signed=None),
    "signature_form": answer(signing=Signing(uri="", is_real=False)),
    "assertion_signature": answer(signing=Signing(keys=ATTACKER)),
    "encryption": answer(encryption=Encryption(ATTACKER.certificate)),
    "destination": answer(bend=lambda root: root.set("Destination", "https://other.example")),
    "issuer": answer(bend=lambda root: setattr(the(root, "saml:Assertion/saml:Issuer"), "text", "x")),
    "audience": answer(bend=lambda root: setattr(the(root, "saml:Audience"), "text", "x")),
    "time": answer(bend=lambda root: the(root, "saml:Conditions").set("NotOnOrAfter", "2031-05-17T11:00:00Z")),
    "confirmation": answer(bend=lambda root: the(root, "saml:SubjectConfirmationData").set("Recipient", "x")),
    "subject": answer(name_id=" "),
    "attributes": answer(attributes={"": ["x"]}),
}


def test_every_check_of_a_good_response_has_passed() -> None:
    """All of them, in their order, with what was found."""
    checks = checklist()
    assert verify(answer(), TRUST, SP, REQUEST, NOW, checks).subject == "u-17"
    assert [check.name for check in checks.checks] == [*STEPS]
    assert {check.verdict for check in checks.checks} == {Verdict.PASSED}
    said = {check.name: check.detail for check in checks.checks}
    assert said["audience"] == SP.entity_id
    assert said["issuer"] == IDP.entity_id
    assert said["response_signature"] == "the response is not signed"
    assert "aes256-gcm" in _details(answer(encryption=Encryption(OURS.certificate)))["encryption"]


@pytest.mark.parametrize("name", FAILURES)
def test_the_check_that_failed_is_named_and_the_later_ones_were_not_reached(name: str) -> None:
    """What was passed before counts; nothing is said of what was not looked at."""
    checks = checklist()
    with pytest.raises(LoginRefused) as caught:
        verify(FAILURES[name], TRUST, SP, REQUEST, NOW, checks)
    number = STEPS.index(name)
    verdicts = [check.verdict for check in checks.checks]
    assert verdicts[:number] == [Verdict.PASSED] * number
    assert verdicts[number] == Verdict.FAILED
    assert verdicts[number + 1 :] == [Verdict.NOT_REACHED] * (len(STEPS) - number - 1)
    assert checks.checks[number].detail == caught.value.detail


def test_an_answer_that_nobody_waits_for_fails_first() -> None:
    """Before the message is even decoded."""
    checks = checklist()
    with pytest.raises(LoginRefused) as caught:
        verify("?", TRUST, SP, None, NOW, checks)
    assert caught.value.reason == Reason.REQUEST
    assert [check.verdict for check in checks.checks].count(Verdict.NOT_REACHED) == len(STEPS) - 1


def _details(message: str) -> dict[str, str]:
    checks = checklist()
    verify(message, TRUST, SP, REQUEST, NOW, checks)
    return {check.name: check.detail for check in checks.checks}
