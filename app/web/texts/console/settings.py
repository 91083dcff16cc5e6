"""What the pages on settings say: sessions and proofs, enforcement, domains, the account."""

from __future__ import annotations

TEXTS = {
    "settings.title": ("Settings", "Ajustes"),
    "settings.tab.security": ("Security", "Seguridad"),
    "settings.tab.enforcement": ("Required sign-in", "Inicio de sesión obligatorio"),
    "settings.tab.domains": ("Domains", "Dominios"),
    "settings.tab.account": ("Account and roles", "Cuenta y roles"),
    "settings.tab.webhooks": ("Webhooks", "Webhooks"),
    "settings.tab.keys": ("API keys", "Claves de API"),
    "settings.tab.clients": ("Platform clients", "Clientes de la plataforma"),
    "settings.security.text": (
        "What is changed here counts at once, also for those who are signed in.",
        "Lo que cambie aquí vale en el acto, también para quien ya ha entrado.",
    ),
    "settings.set.session_idle_minutes": (
        "End a session that is idle for (minutes)",
        "Terminar una sesión inactiva durante (minutos)",
    ),
    "settings.set.session_idle_minutes.hint": ("From 5 to 480.", "De 5 a 480."),
    "settings.set.session_hours": ("End every session after (hours)", "Terminar toda sesión tras (horas)"),
    "settings.set.session_hours.hint": (
        "From 1 to 168; a connection may say less.",
        "De 1 a 168; una conexión puede indicar menos.",
    ),
    "settings.set.owner_session_hours": (
        "The same for Account Owners (hours)",
        "Lo mismo para los propietarios de la cuenta (horas)",
    ),
    "settings.set.owner_session_hours.hint": ("From 1 to 24.", "De 1 a 24."),
    "settings.set.step_up_minutes": (
        "Ask for a new proof before risky acts after (minutes)",
        "Pedir otra prueba antes de actos delicados tras (minutos)",
    ),
    "settings.set.step_up_minutes.hint": (
        "From 1 to 60. Such as issuing a key or changing a connection.",
        "De 1 a 60. Por ejemplo, emitir una clave o cambiar una conexión.",
    ),
    "settings.set.requires_mfa": (
        "The local door asks for a second factor",
        "La puerta local pide un segundo factor",
    ),
    "settings.set.requires_mfa.hint": (
        "For Account Owners who sign in without an identity provider.",
        "Para los propietarios que entran sin proveedor de identidad.",
    ),
    "settings.set.sign_in_methods": (
        "Sign-ins by a connection must name one of these methods (amr)",
        "Los inicios de sesión por conexión deben nombrar uno de estos métodos (amr)",
    ),
    "settings.set.sign_in_methods.hint": (
        "Such as mfa or hwk, one a line. Empty, here and below: no requirement.",
        "Como mfa o hwk, uno por línea. Vacío, aquí y abajo: sin requisito.",
    ),
    "settings.set.sign_in_contexts": (
        "Or one of these contexts (AuthnContext, acr)",
        "O uno de estos contextos (AuthnContext, acr)",
    ),
    "settings.set.sign_in_contexts.hint": ("One a line.", "Uno por línea."),
    "settings.set.trace_days": ("Keep how sign-ins went for (days)", "Guardar cómo fueron los inicios (días)"),
    "settings.set.trace_days.hint": ("From 1 to 90.", "De 1 a 90."),
    "settings.set.name": ("Name of the account", "Nombre de la cuenta"),
    "settings.set.name.hint": ("People enter it at the local door.", "Se escribe en la puerta local."),
    "settings.set.subject_form": ("Searches name people by", "Las búsquedas nombran a las personas por"),
    "settings.set.subject_form.hint": (
        "What platforms that ask “who may do this” get as an answer.",
        "Lo que reciben las plataformas que preguntan «quién puede hacer esto».",
    ),
    "settings.set.subject_form.userName": ("user name", "nombre de usuario"),
    "settings.set.subject_form.id": ("id", "id"),
    "settings.set.subject_form.externalId": ("external id", "id. externo"),
    "settings.set.finds_external_id": (
        "Decisions find people by external id, too",
        "Las decisiones también encuentran a las personas por id. externo",
    ),
    "settings.set.finds_external_id.hint": (
        "Beside user name and id.",
        "Además de por nombre de usuario e id.",
    ),
    "settings.set.blast_radius": (
        "A second Account Owner approves a mapping that changes more people than",
        "Un segundo propietario aprueba una asignación que cambie a más personas que",
    ),
    "settings.set.blast_radius.hint": (
        "Empty: none does for that reason. A person only makes it stricter; the operator loosens it.",
        "Vacío: ninguno por ese motivo. Una persona solo puede hacerlo más estricto; el operador lo relaja.",
    ),
    "settings.set.approves_privileged": (
        "… and one that gives privileged roles",
        "… y la que dé roles privilegiados",
    ),
    "settings.set.approves_privileged.hint": (
        "A person only switches it on.",
        "Una persona solo puede activarlo.",
    ),
    "settings.set.maps_owner": ("Rules may make Account Owners", "Las reglas pueden crear propietarios"),
    "settings.set.maps_owner.hint": (
        "Then whoever names groups in the identity provider may make owners, with a second owner’s approval.",
        "Entonces, quien nombra grupos en el proveedor puede crear propietarios, con la aprobación de otro.",
    ),
    "settings.default_roles": (
        "Roles of people who are made by hand",
        "Roles de las personas creadas a mano",
    ),
    "settings.default_roles.hint": (
        "Nobody who is here gets or loses one by it. Whoever comes by SCIM or a sign-in never gets them.",
        "Nadie que ya esté los gana ni los pierde. Quien llega por SCIM o al entrar nunca los recibe.",
    ),
    "settings.privileged": ("privileged", "privilegiado"),
    "enforcement.title": ("Require the identity provider?", "¿Exigir el proveedor de identidad?"),
    "enforcement.is": ("Sign-in by a connection is required since", "Entrar por una conexión es obligatorio desde el"),
    "enforcement.isnot": (
        "Sign-in by a connection is not required yet",
        "Entrar por una conexión todavía no es obligatorio",
    ),
    "enforcement.text": (
        "Before it can be required, all of this must be so: then a misconfigured provider locks nobody out for good.",
        "Antes de exigirlo debe cumplirse todo esto: así, un proveedor mal configurado no deja fuera a nadie.",
    ),
    "enforcement.holds": ("done", "hecho"),
    "enforcement.open": ("still missing", "falta"),
    "enforcement.condition.connection": ("A connection is switched on", "Hay una conexión activada"),
    "enforcement.condition.signed_in": (
        "You came in through a connection within the last hour",
        "Usted ha entrado por una conexión en la última hora",
    ),
    "enforcement.condition.opened": (
        "The local door really opened lately",
        "La puerta local se ha abierto de verdad hace poco",
    ),
    "enforcement.condition.break_glass": (
        "Somebody can come in without the provider now",
        "Alguien puede entrar ahora sin el proveedor",
    ),
    "enforcement.require": ("Require it", "Exigirlo"),
    "enforcement.relax": ("Require it no more", "Dejar de exigirlo"),
    "enforcement.relax.title": ("Require it no more?", "¿Dejar de exigirlo?"),
    "enforcement.relax.fact": (
        "Account Owners with a password can sign in at the local door again, as the account is set.",
        "Los propietarios con contraseña podrán volver a entrar por la puerta local, según los ajustes.",
    ),
    "enforcement.fact.must": (
        "From this moment on people sign in through a connection only.",
        "Desde este momento solo se entra por una conexión.",
    ),
    "enforcement.fact.holders": (
        "Who can still come in without it: {names}.",
        "Quién puede entrar sin ella: {names}.",
    ),
    "enforcement.fact.undo": (
        "Any Account Owner can undo it here, and the operator on the server at any time.",
        "Cualquier propietario puede deshacerlo aquí, y el operador en el servidor en todo momento.",
    ),
    "enforcement.missing": ("It cannot be required yet:", "Todavía no se puede exigir:"),
    "done.enforcement.required": ("Sign-in by a connection is required.", "Entrar por una conexión es obligatorio."),
    "done.enforcement.relaxed": (
        "Sign-in by a connection is required no more.",
        "Entrar por una conexión ya no es obligatorio.",
    ),
    "done.enforcement.invited": ("The invitation is on its way by mail.", "La invitación va en camino por correo."),
    "enforcement.owners": ("Who can come in without the provider", "Quién puede entrar sin el proveedor"),
    "enforcement.owners.text": (
        "Break-glass: a password with a second factor, or a passkey. Two owners with it are wise.",
        "Acceso de emergencia: una contraseña con segundo factor o una llave de acceso. Conviene que lo tengan dos.",
    ),
    "enforcement.owner": ("Account Owner", "Propietario"),
    "enforcement.has": ("Has", "Tiene"),
    "enforcement.opened": ("Last came in so", "Última vez que entró así"),
    "enforcement.can": ("Can come in now", "Puede entrar ahora"),
    "enforcement.yes": ("yes", "sí"),
    "enforcement.no": ("no", "no"),
    "enforcement.password": ("password", "contraseña"),
    "enforcement.totp": ("authenticator app", "aplicación de códigos"),
    "enforcement.passkeys": ("{n} passkeys", "{n} llaves de acceso"),
    "enforcement.codes": ("{n} recovery codes", "{n} códigos de recuperación"),
    "enforcement.invite": ("Invite", "Invitar"),
    "enforcement.days": (
        "The local door must have opened within (days)",
        "La puerta local debe haberse abierto en los últimos (días)",
    ),
    "enforcement.days.hint": (
        "So that break-glass is known to work when it is needed.",
        "Para saber que el acceso de emergencia funciona cuando haga falta.",
    ),
    "domains.count": ("domains", "dominios"),
    "domains.title": ("Domains", "Dominios"),
    "domains.search": ("Domain", "Dominio"),
    "domains.empty": (
        "No domain yet. Add one, so that its people are led to your sign-in.",
        "Todavía no hay dominios. Añada uno para que sus personas lleguen a su inicio de sesión.",
    ),
    "domains.column.name": ("Domain", "Dominio"),
    "domains.column.state": ("State", "Estado"),
    "domains.column.connection": ("Leads to", "Lleva a"),
    "domains.column.verified": ("Proven", "Demostrado"),
    "domains.column.checked": ("Last looked at", "Última comprobación"),
    "domains.choice.state": ("State", "Estado"),
    "domains.state.verified": ("proven", "demostrado"),
    "domains.state.pending": ("not proven yet", "sin demostrar"),
    "domains.state.missing": ("its record has gone", "falta su registro"),
    "domains.nowhere": ("nowhere", "ningún sitio"),
    "domains.add": ("Add a domain", "Añadir un dominio"),
    "domains.add.hint": (
        "Such as acme.com. It counts only once its DNS says that it is yours.",
        "Como acme.com. Solo cuenta cuando su DNS diga que es suyo.",
    ),
    "domains.claim": ("Add it", "Añadir"),
    "done.domains.claimed": (
        "The domain is claimed. Now set the record, and check it.",
        "Dominio reclamado. Ahora cree el registro y compruébelo.",
    ),
    "done.domains.verified": ("The domain is proven to be yours.", "Queda demostrado que el dominio es suyo."),
    "domains.operator": (
        "Whoever runs the installation vouches for it; DNS is not asked.",
        "Responde de él quien gestiona la instalación; no se consulta el DNS.",
    ),
    "domains.checked": ("Last looked at:", "Última comprobación:"),
    "domains.daily": (
        "Leave the record in place: it is looked at every day.",
        "No quite el registro: se revisa cada día.",
    ),
    "domains.leads": ("Where its people sign in", "Dónde entran sus personas"),
    "domains.leads.text": (
        "Whoever enters such an address is led there, once the domain is proven.",
        "Quien escriba una dirección así llegará allí cuando el dominio esté demostrado.",
    ),
    "domains.remove": ("Give it up", "Renunciar a él"),
    "domains.remove.title": ("Give {name} up?", "¿Renunciar a {name}?"),
    "domains.remove.leads": (
        "Its people are led to {connection} no more, and nobody is joined by such an address.",
        "Sus personas ya no llegan a {connection} y nadie se une por una dirección así.",
    ),
    "domains.remove.free": (
        "Another account of this installation may prove it then.",
        "Entonces puede demostrarlo otra cuenta de esta instalación.",
    ),
    "done.domains.removed": ("The domain is given up.", "Se ha renunciado al dominio."),
}
