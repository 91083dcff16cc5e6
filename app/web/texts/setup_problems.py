"""What was wrong with what was given on a set-up page, by the code of the refusal; and why a test sign-in failed."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "setup_problem.other": (
        "This could not be done with what you have given. Please check it and try again; if it stays so, ask whoever "
        "sent you the link.",
        "No se ha podido hacer con lo que ha indicado. Revíselo e inténtelo de nuevo; si sigue así, pregunte a quien "
        "le envió el enlace.",
    ),
    "setup_problem.choose_first": ("Choose the identity provider first.", "Elija primero el proveedor de identidad."),
    "setup_problem.verified": (
        "The provider was tried out or has called already, so it cannot be changed here any more. Ask whoever sent you "
        "the link for another one.",
        "El proveedor ya se ha probado o ya ha llamado, así que aquí ya no se puede cambiar. Pida otro enlace a quien "
        "se lo envió.",
    ),
    "setup_problem.one_way": (
        "Give the metadata in one of the three ways: by its address, as a file, or pasted.",
        "Indique los metadatos de una de las tres formas: por su dirección, como archivo o pegados.",
    ),
    "setup_problem.client_needed": (
        "The issuer and the client id are both needed.",
        "Hacen falta tanto el emisor como el identificador de cliente.",
    ),
    "setup_problem.incomplete": (
        "Something is still missing in the steps above.",
        "Aún falta algo en los pasos anteriores.",
    ),
    "setup_problem.meanwhile": (
        "Something else was done with this link at the same moment, so this was not. See what it says now, and go on.",
        "Al mismo tiempo se hizo otra cosa con este enlace, así que esto no se ha hecho. Vea qué dice ahora y siga.",
    ),
    "setup_problem.tokens_many": (
        "This link has issued as many tokens as it may. Ask whoever sent it for another one.",
        "Este enlace ya ha emitido todos los tokens que puede. Pida otro a quien se lo envió.",
    ),
    "setup_problem.certificate_needed": (
        "Choose a file, or paste the certificate.",
        "Elija un archivo o pegue el certificado.",
    ),
    "setup_problem.certificate_unusable": (
        "This is no certificate that can be used: it has to be an X.509 certificate, with an RSA key of 2048 bits or "
        "more, or an elliptic curve.",
        "Este certificado no se puede usar: debe ser un certificado X.509 con una clave RSA de 2048 bits o más, o de "
        "curva elíptica.",
    ),
    "setup_problem.certificate_known": ("This certificate is here already.", "Este certificado ya está aquí."),
    "setup_problem.name_first": ("Name the domain first.", "Indique primero el dominio."),
    "setup_problem.live": (
        "People sign in by this connection already, and this link may not change how. Ask whoever sent it to switch "
        "the connection off first, or for another link. A new certificate alone may be added.",
        "Ya hay personas que entran por esta conexión y este enlace no puede cambiarla. Pida a quien se lo envió que "
        "la desactive antes, u otro enlace. Solo se puede añadir un certificado nuevo.",
    ),
    "setup_problem.unreachable": (
        "The address could not be read from here. It has to be public and https; check it for typing errors, and try "
        "again in a minute.",
        "No se ha podido leer la dirección desde aquí. Debe ser pública y https; compruebe que está bien escrita e "
        "inténtelo de nuevo en un minuto.",
    ),
    "setup_problem.not_a_provider": (
        "What is at this address does not describe an identity provider. Compare the issuer with your provider’s, "
        "character for character.",
        "Lo que hay en esta dirección no describe un proveedor de identidad. Compare el emisor con el de su proveedor, "
        "carácter por carácter.",
    ),
    "setup_problem.metadata_unusable": (
        "This is no metadata of one SAML identity provider. Download it again, and give all of it.",
        "Estos no son los metadatos de un proveedor de identidad SAML. Descárguelos de nuevo e indíquelos completos.",
    ),
    "setup_problem.metadata_ended": (
        "This metadata is out of date by its own words. Download it again.",
        "Estos metadatos han caducado según ellos mismos. Descárguelos de nuevo.",
    ),
    "setup_problem.another_provider": (
        "This is another identity provider than the one that was set up. Ask whoever sent you the link.",
        "Es otro proveedor de identidad distinto del que se configuró. Pregunte a quien le envió el enlace.",
    ),
    "setup_problem.changed_meanwhile": (
        "Somebody else has changed this at the same moment. Try again.",
        "Alguien lo ha cambiado en el mismo momento. Inténtelo de nuevo.",
    ),
    "setup_problem.domain_name": (
        "This is no name of a domain of your own, such as example.com.",
        "Este no es el nombre de un dominio propio, como example.com.",
    ),
    "setup_problem.domain_elsewhere": (
        "This domain is proven to be somebody else’s here. Ask whoever sent you the link.",
        "Aquí consta que este dominio es de otra organización. Pregunte a quien le envió el enlace.",
    ),
    "setup_problem.dns_unreachable": (
        "DNS did not answer. Nothing has changed; try again in a minute.",
        "El DNS no ha respondido. Nada ha cambiado; inténtelo de nuevo en un minuto.",
    ),
    "setup_problem.dns_missing": (
        "The record is not there yet. DNS can take up to an hour to show a new one.",
        "El registro aún no está. El DNS puede tardar hasta una hora en mostrar uno nuevo.",
    ),
    "setup_problem.details": ("Technical details, in English", "Detalles técnicos, en inglés"),
    "setup_problem.reason.message": (
        "The provider’s answer is none that can be read safely, or it was changed on its way.",
        "La respuesta del proveedor no se puede leer con seguridad o fue alterada por el camino.",
    ),
    "setup_problem.reason.algorithm": (
        "The provider signs or encrypts in an old way. Choose SHA-256 there.",
        "El proveedor firma o cifra con un método antiguo. Elija allí SHA-256.",
    ),
    "setup_problem.reason.signature": (
        "The signature is missing, or is not by a certificate that was given here. Give the metadata again.",
        "Falta la firma, o no es de un certificado indicado aquí. Indique de nuevo los metadatos.",
    ),
    "setup_problem.reason.encryption": (
        "The answer cannot be decrypted, or is not encrypted. Let the provider read our metadata again.",
        "La respuesta no se puede descifrar o no está cifrada. Haga que el proveedor lea de nuevo nuestros metadatos.",
    ),
    "setup_problem.reason.status": (
        "The provider itself has refused this sign-in; mostly the person is not assigned to the application there.",
        "El propio proveedor ha rechazado el inicio de sesión; casi siempre la persona no está asignada allí a la "
        "aplicación.",
    ),
    "setup_problem.reason.addresses": (
        "The answer was made for another address, service or provider. Copy our addresses there once more, exactly.",
        "La respuesta era para otra dirección, servicio o proveedor. Copie allí de nuevo nuestras direcciones, "
        "exactamente.",
    ),
    "setup_problem.reason.time": (
        "The answer came too early or too late. Compare the provider’s clock, and try again without a long pause.",
        "La respuesta llegó demasiado pronto o demasiado tarde. Revise el reloj del proveedor e inténtelo de nuevo sin "
        "pausas largas.",
    ),
    "setup_problem.reason.claims": (
        "The answer does not name one person in a way that lasts. Check which attributes the provider sends.",
        "La respuesta no identifica a una persona de forma duradera. Revise qué atributos envía el proveedor.",
    ),
    "setup_problem.reason.context": (
        "The person signed in with less than is asked for here, such as without a second factor.",
        "La persona ha iniciado sesión con menos de lo que aquí se pide, por ejemplo sin segundo factor.",
    ),
    "setup_problem.reason.again": (
        "The answer belongs to no test that was begun in this browser a moment ago. Begin the test again.",
        "La respuesta no corresponde a ninguna prueba recién empezada en este navegador. Empiece la prueba de nuevo.",
    ),
    "setup_problem.reason.connection": (
        "Something is still missing in the steps above.",
        "Aún falta algo en los pasos anteriores.",
    ),
    "setup_problem.reason.person": (
        "The provider’s answer is right, but the person is not known here, or may not sign in.",
        "La respuesta del proveedor es correcta, pero aquí no se conoce a la persona o no puede entrar.",
    ),
    "setup_problem.reason.provider": (
        "The provider did not answer, or not as it must. Check the issuer, the client id and the client secret.",
        "El proveedor no ha respondido, o no como debe. Revise el emisor, el identificador de cliente y el secreto.",
    ),
}
REASONS: dict[str, str] = {
    **dict.fromkeys(("form", "encoding", "xml", "limits", "structure", "ids", "signature_form"), "message"),
    **dict.fromkeys(("unsigned", "signature"), "signature"),
    **dict.fromkeys(("destination", "issuer", "audience", "confirmation"), "addresses"),
    **dict.fromkeys(("statement", "subject", "attributes"), "claims"),
    **dict.fromkeys(("request", "replay", "browser", "another_person"), "again"),
    **dict.fromkeys(("not_provisioned", "ambiguous", "inactive"), "person"),
    **{same: same for same in ("algorithm", "encryption", "status", "time", "context", "connection", "provider")},
}
"""Which text says why a sign-in failed, by the reason of its trace."""
