"""What each setting of a connection is called, and what it means."""

from __future__ import annotations

TEXTS = {
    "connections.set.entity_id": ("Entity ID of the provider", "ID de entidad del proveedor"),
    "connections.set.entity_id.hint": ("From its metadata, as a rule.", "Por regla general, de sus metadatos."),
    "connections.set.sso_url": ("Sign-in address", "Dirección de inicio de sesión"),
    "connections.set.sso_url.hint": ("HTTP-Redirect binding.", "Vínculo HTTP-Redirect."),
    "connections.set.logout_url": ("Sign-out address", "Dirección de cierre de sesión"),
    "connections.set.logout_url.hint": (
        "Empty: people are not signed out at the provider.",
        "Vacío: no se cierra la sesión en el proveedor.",
    ),
    "connections.set.metadata_url": ("Metadata URL", "URL de metadatos"),
    "connections.set.metadata_url.hint": ("Read once a day.", "Se lee una vez al día."),
    "connections.set.signed": ("What must be signed", "Qué debe estar firmado"),
    "connections.set.signed.hint": ("Nothing is never enough.", "Nada nunca es suficiente."),
    "connections.set.signed.assertion": ("the assertion", "la aserción"),
    "connections.set.signed.response": ("the response", "la respuesta"),
    "connections.set.signed.both": ("both", "ambas"),
    "connections.set.wants_encryption": ("Take encrypted assertions only", "Aceptar solo aserciones cifradas"),
    "connections.set.wants_encryption.hint": (
        "The provider encrypts for our key, which our metadata has.",
        "El proveedor cifra para nuestra clave, que está en nuestros metadatos.",
    ),
    "connections.set.name_id_format": ("Kind of NameID that is asked for", "Tipo de NameID que se pide"),
    "connections.set.name_id_format.hint": (
        "What identifies a person must never pass to somebody else.",
        "Lo que identifica a una persona nunca debe pasar a otra.",
    ),
    "connections.set.name_id_format.persistent": ("persistent", "persistente"),
    "connections.set.name_id_format.unspecified": ("whatever the provider likes", "el que quiera el proveedor"),
    "connections.set.name_id_format.emailAddress": ("e-mail address", "dirección de correo"),
    "connections.set.name_id_format.transient": ("another one each time", "otro cada vez"),
    "connections.set.subject_attribute": (
        "Attribute that identifies a person for good",
        "Atributo que identifica a una persona para siempre",
    ),
    "connections.set.subject_attribute.hint": (
        "In place of the NameID. Needed where that is an e-mail address or another one each time.",
        "En lugar del NameID. Hace falta si este es una dirección de correo u otro cada vez.",
    ),
    "connections.set.contexts": ("Strength: accepted contexts", "Fuerza: contextos aceptados"),
    "connections.set.contexts.hint": (
        "AuthnContext classes (SAML) or values of acr, one a line; the answer must name one. Empty: any.",
        "Clases de AuthnContext (SAML) o valores de acr, uno por línea; la respuesta debe nombrar uno. Vacío: "
        "cualquiera.",
    ),
    "connections.set.oldest_sign_in_minutes": (
        "Refuse who proved longer ago who they are (minutes)",
        "Rechazar a quien demostró quién es hace más de (minutos)",
    ),
    "connections.set.oldest_sign_in_minutes.hint": ("Empty: no matter when.", "Vacío: no importa cuándo."),
    "connections.set.skew_seconds": (
        "How far clocks may differ (seconds)",
        "Cuánto pueden diferir los relojes (segundos)",
    ),
    "connections.set.skew_seconds.hint": (
        "At most 180 for SAML, 60 for OpenID Connect.",
        "Como mucho 180 en SAML y 60 en OpenID Connect.",
    ),
    "connections.set.issuer": ("Issuer", "Emisor (issuer)"),
    "connections.set.issuer.hint": ("Exactly as it calls itself.", "Exactamente como se llama a sí mismo."),
    "connections.set.client_id": ("Client ID", "ID de cliente"),
    "connections.set.client_id.hint": ("What the provider calls us.", "Cómo nos llama el proveedor."),
    "connections.set.client_authentication": ("How we prove to be the client", "Cómo demostramos ser el cliente"),
    "connections.set.client_authentication.hint": (
        "With a key, the provider reads our public keys at the JWKS address.",
        "Con una clave, el proveedor lee nuestras claves públicas en la dirección JWKS.",
    ),
    "connections.set.client_authentication.client_secret": ("by a secret", "con un secreto"),
    "connections.set.client_authentication.private_key_jwt": ("by our key", "con nuestra clave"),
    "connections.set.scopes": ("Scopes", "Ámbitos (scopes)"),
    "connections.set.scopes.hint": (
        "What is asked for, one a line; openid is among them.",
        "Lo que se pide, uno por línea; entre ellos, openid.",
    ),
    "connections.set.subject_claims": (
        "Claims that identify a person for good",
        "Atributos que identifican a una persona para siempre",
    ),
    "connections.set.subject_claims.hint": (
        "sub as a rule; tid and oid for Entra.",
        "Por regla general sub; en Entra, tid y oid.",
    ),
    "connections.set.methods": ("Strength: accepted methods (amr)", "Fuerza: métodos aceptados (amr)"),
    "connections.set.methods.hint": (
        "Such as mfa or hwk, one a line; the answer must name one. Empty: any.",
        "Como mfa o hwk, uno por línea; la respuesta debe nombrar uno. Vacío: cualquiera.",
    ),
    "connections.set.max_age_minutes": (
        "Ask anew who proved longer ago who they are (minutes)",
        "Pedir de nuevo a quien demostró quién es hace más de (minutos)",
    ),
    "connections.set.max_age_minutes.hint": ("Empty: no matter when.", "Vacío: no importa cuándo."),
    "connections.set.algorithms": ("Signatures that count", "Firmas que valen"),
    "connections.set.algorithms.hint": (
        "One a line. Nothing that the provider advertises widens it.",
        "Una por línea. Nada de lo que anuncie el proveedor lo amplía.",
    ),
    "connections.set.uses_userinfo": (
        "Ask the provider for claims that the ID token lacks",
        "Pedir al proveedor los atributos que faltan en el ID token",
    ),
    "connections.set.uses_userinfo.hint": (
        "One more call at each sign-in.",
        "Una llamada más en cada inicio de sesión.",
    ),
    "connections.set.typed_logout": ("Take typed logout tokens only", "Aceptar solo avisos de cierre con tipo"),
    "connections.set.typed_logout.hint": (
        "Switch it off for old providers that send them without typ.",
        "Desactívelo para proveedores antiguos que los envían sin typ.",
    ),
    "connections.set.directory": ("Directory whose people sign in here", "Directorio cuyas personas entran aquí"),
    "connections.set.directory.hint": (
        "A sign-in never creates, reactivates or renames its people.",
        "Un inicio de sesión nunca crea, reactiva ni cambia el nombre de sus personas.",
    ),
    "connections.set.join_external_id": (
        "1. Claim that is their externalId",
        "1. Atributo que es su externalId",
    ),
    "connections.set.join_external_id.hint": (
        "Exact, and the safest way. Empty: not used.",
        "Exacto, y la vía más segura. Vacío: no se usa.",
    ),
    "connections.set.join_user_name": ("2. Claim that is their userName", "2. Atributo que es su userName"),
    "connections.set.join_user_name.hint": (
        "Weaker: whoever the provider gives that name is taken for them at first sign-in. Empty: not used.",
        "Más débil: al primer inicio se toma por esa persona a quien el proveedor dé ese nombre. Vacío: no se usa.",
    ),
    "connections.set.join_email": ("3. Claim that is their e-mail address", "3. Atributo que es su correo"),
    "connections.set.join_email.hint": (
        "Only of verified domains that lead here, and never for anybody who administers. Empty: not used.",
        "Solo de dominios verificados que llevan aquí, y nunca para quien administra. Vacío: no se usa.",
    ),
    "connections.set.vouches_for_email": (
        "We answer for it that the provider’s addresses are verified",
        "Respondemos de que las direcciones del proveedor están verificadas",
    ),
    "connections.set.vouches_for_email.hint": ("SAML does not say so itself.", "SAML no lo dice por sí mismo."),
    "connections.set.creates_people": ("Create them at their first sign-in", "Crearlas en su primer inicio de sesión"),
    "connections.set.creates_people.hint": (
        "In the account’s own directory, without any role.",
        "En el directorio propio de la cuenta, sin ningún rol.",
    ),
    "connections.set.adopts": (
        "The directory takes over who was created here",
        "El directorio se hace cargo de quien se creó aquí",
    ),
    "connections.set.adopts.hint": (
        "Once it pushes somebody with the same externalId; they keep roles and sessions.",
        "Cuando envíe a alguien con el mismo externalId; conserva roles y sesiones.",
    ),
    "connections.set.groups_from": ("Where groups come from", "De dónde vienen los grupos"),
    "connections.set.groups_from.hint": (
        "For people under a directory that one alone counts.",
        "Para las personas de un directorio solo vale este.",
    ),
    "connections.set.groups_from.directory": ("they are pushed", "los envía el directorio"),
    "connections.set.groups_from.claims": ("each sign-in names them", "los nombra cada inicio de sesión"),
    "connections.set.groups_claim": ("Claim that names groups", "Atributo que nombra los grupos"),
    "connections.set.groups_claim.hint": (
        "Only where each sign-in names them.",
        "Solo si los nombra cada inicio de sesión.",
    ),
    "connections.set.session_hours": ("Sessions last at most (hours)", "Las sesiones duran como mucho (horas)"),
    "connections.set.session_hours.hint": ("Empty: as the account says.", "Vacío: como diga la cuenta."),
    "connections.set.unsolicited": (
        "Accept sign-ins that begin at the provider’s portal",
        "Aceptar inicios de sesión que empiezan en el portal del proveedor",
    ),
    "connections.set.unsolicited.hint": (
        "The risk: somebody can be led into signing in as somebody else, and it cannot be told. The start address "
        "does the same without it.",
        "El riesgo: se puede llevar a alguien a entrar como otra persona sin que se note. La dirección de inicio "
        "consigue lo mismo sin ello.",
    ),
}
