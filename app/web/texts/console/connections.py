"""What the pages on connections say."""

from __future__ import annotations

TEXTS = {
    "connections.title": ("Connections", "Conexiones"),
    "connections.count": ("connections", "conexiones"),
    "connections.search": ("Name", "Nombre"),
    "connections.empty": (
        "No connection yet. Make one, and people sign in by your identity provider.",
        "Todavía no hay conexiones. Cree una y las personas entrarán con su proveedor de identidad.",
    ),
    "connections.column.name": ("Name", "Nombre"),
    "connections.column.protocol": ("Protocol", "Protocolo"),
    "connections.column.provider": ("Provider", "Proveedor"),
    "connections.column.state": ("State", "Estado"),
    "connections.column.last_sign_in": ("Last sign-in", "Último inicio de sesión"),
    "connections.column.certificate": ("Certificate ends", "El certificado termina"),
    "connections.column.created": ("Created", "Creada"),
    "connections.choice.protocol": ("Protocol", "Protocolo"),
    "connections.protocol.saml": ("SAML 2.0", "SAML 2.0"),
    "connections.protocol.oidc": ("OpenID Connect", "OpenID Connect"),
    "connections.choice.state": ("State", "Estado"),
    "connections.state.on": ("on", "activa"),
    "connections.state.off": ("off", "desactivada"),
    "connections.state.incomplete": ("not complete", "incompleta"),
    "connections.new": ("New connection", "Nueva conexión"),
    "connections.new.text": (
        "It gets addresses and keys of its own and is off, so nothing changes for anybody before you switch it on.",
        "Recibe direcciones y claves propias y queda desactivada: nada cambia para nadie hasta que la active.",
    ),
    "connections.name.hint": ("Left empty: the provider’s name.", "Vacío: el nombre del proveedor."),
    "connections.create": ("Make the connection", "Crear la conexión"),
    "done.connections.created": (
        "The connection is there, and off. Follow the steps below.",
        "La conexión está creada y desactivada. Siga los pasos de abajo.",
    ),
    "connections.tab.start": ("Overview", "Resumen"),
    "connections.tab.provider": ("Provider and trust", "Proveedor y confianza"),
    "connections.tab.people": ("Who is meant", "A quién se refiere"),
    "connections.tab.claims": ("Claims", "Atributos"),
    "connections.tab.tests": ("Try it out", "Probar"),
    "connections.sessions": ("Open sessions", "Sesiones abiertas"),
    "connections.subjects": ("People it knows", "Personas que conoce"),
    "connections.refresh.failed": (
        "The provider could not be read lately.",
        "Últimamente no se ha podido leer el proveedor.",
    ),
    "connections.steps": ("What is done, and what comes next", "Qué está hecho y qué sigue"),
    "connections.step.provider": ("Let both sides know each other", "Que ambas partes se conozcan"),
    "connections.step.lacks": ("Still missing:", "Todavía falta:"),
    "connections.step.complete": (
        "We know the provider. Enter our addresses there, if you have not yet.",
        "Conocemos al proveedor. Introduzca allí nuestras direcciones si aún no lo ha hecho.",
    ),
    "connections.step.people": ("Say whom a sign-in means", "Indique a quién se refiere un inicio de sesión"),
    "connections.step.people.nobody": (
        "Nobody new would be recognised: name a directory and a claim that leads to its people, or let the connection "
        "create people.",
        "No se reconocería a nadie nuevo: indique un directorio y un atributo que lleve a sus personas, o deje que la "
        "conexión cree personas.",
    ),
    "connections.step.people.set": (
        "It is said how people are recognised.",
        "Está dicho cómo se reconoce a las personas.",
    ),
    "connections.step.test": ("Try it out", "Pruébela"),
    "connections.step.on": ("Switch it on, and lead a domain to it", "Actívela y lleve un dominio a ella"),
    "connections.step.domains": (
        "These domains lead to it: {domains}.",
        "Llevan a ella estos dominios: {domains}.",
    ),
    "connections.step.nodomain": (
        "No domain leads to it yet, so people find it by its own address only.",
        "Aún no lleva a ella ningún dominio; solo se llega por su propia dirección.",
    ),
    "connections.enter": ("What to do at {provider}", "Qué hacer en {provider}"),
    "connections.addresses": ("All addresses of this connection", "Todas las direcciones de esta conexión"),
    "connections.frontchannel": ("Front-channel logout URI", "URI de cierre de sesión por canal frontal"),
    "connections.jwks": ("Our public keys (JWKS)", "Nuestras claves públicas (JWKS)"),
    "connections.start": (
        "Where signing in begins (for the provider’s portal)",
        "Donde empieza el inicio de sesión (para el portal del proveedor)",
    ),
    "connections.traces": ("Sign-ins by this connection", "Inicios de sesión por esta conexión"),
    "connections.switch.on": ("Switch it on", "Activar"),
    "connections.switch.off": ("Switch it off", "Desactivar"),
    "connections.on.title": ("Switch {name} on?", "¿Activar {name}?"),
    "connections.on.fact": (
        "Whoever the provider vouches for may sign in from this moment on.",
        "Desde este momento puede entrar cualquiera de quien responda el proveedor.",
    ),
    "connections.on.domains": (
        "People with addresses of {domains} are led there.",
        "Las personas con direcciones de {domains} llegarán allí.",
    ),
    "connections.on.nobody": (
        "Nobody new is recognised as it is set, so everybody new will be refused.",
        "Tal como está, no se reconoce a nadie nuevo: se rechazará a todos los nuevos.",
    ),
    "connections.on.recognised": (
        "They are recognised as you have said; nobody gains a role by signing in alone.",
        "Se les reconoce como usted ha dicho; nadie recibe un rol solo por entrar.",
    ),
    "connections.on.creates": (
        "Whoever is not recognised is created, without any role.",
        "A quien no se reconoce se le crea, sin ningún rol.",
    ),
    "connections.on.lacks": ("It cannot be on yet. It lacks: {what}", "Aún no puede activarse. Le falta: {what}"),
    "done.connections.on": ("The connection is on.", "La conexión está activada."),
    "connections.off.title": ("Switch {name} off?", "¿Desactivar {name}?"),
    "connections.off.sessions": (
        "Whoever came in by it is signed out at once. Open sessions: {n}, of people: {people}.",
        "Se cierra en el acto la sesión de quien entró por ella. Sesiones abiertas: {n}, de personas: {people}.",
    ),
    "connections.off.domains": (
        "People of {domains} cannot sign in until it is on again, or their domain leads elsewhere.",
        "Las personas de {domains} no podrán entrar hasta que se active de nuevo o su dominio lleve a otro sitio.",
    ),
    "connections.off.locks": (
        "It is the last connection that is on, and signing in by one is required: only who holds break-glass access "
        "can still come in.",
        "Es la última conexión activa y es obligatorio entrar por una: solo podrá entrar quien tenga acceso de "
        "emergencia.",
    ),
    "connections.off.keeps": (
        "People, roles and what it knows stay; nothing has to be set up again.",
        "Las personas, los roles y lo que conoce se conservan; no hay que configurar nada de nuevo.",
    ),
    "done.connections.off": ("The connection is off.", "La conexión está desactivada."),
    "connections.delete": ("Delete it", "Eliminar"),
    "connections.delete.title": ("Delete {name}?", "¿Eliminar {name}?"),
    "connections.delete.blocked": ("It cannot be deleted yet.", "Todavía no se puede eliminar."),
    "connections.delete.on": ("It is on. Switch it off first.", "Está activada. Desactívela antes."),
    "connections.delete.domains": (
        "{domains} leads to it. Let it lead elsewhere, or remove it.",
        "{domains} lleva a ella. Llévelo a otro sitio o elimínelo.",
    ),
    "connections.delete.links": (
        "It forgets whom it knows as whom (people: {n}), with keys, certificates and traces.",
        "Olvida a quién conoce como quién (personas: {n}), con claves, certificados y trazas.",
    ),
    "connections.delete.people": (
        "People stay, with all that they may do; by another connection each is recognised anew.",
        "Las personas se quedan con todo lo que pueden hacer; por otra conexión se las reconoce de nuevo.",
    ),
    "done.connections.deleted": ("The connection is deleted.", "La conexión se ha eliminado."),
    "connections.source.saml": ("The provider’s metadata", "Metadatos del proveedor"),
    "connections.source.oidc": ("Issuer and client", "Emisor y cliente"),
    "connections.source.hint": (
        "Give it in one of the three ways. By its address it is read again once a day.",
        "Délos de una de las tres formas. Por su dirección se vuelven a leer una vez al día.",
    ),
    "connections.source.one": (
        "give the metadata in one of the three ways",
        "dé los metadatos de una de las tres formas",
    ),
    "connections.source.client": (
        "issuer and client id are both needed",
        "hacen falta el emisor y el id de cliente",
    ),
    "connections.source.changed": (
        "It was read. Different now: {names}.",
        "Leído. Ha cambiado: {names}.",
    ),
    "connections.source.same": ("It was read. Nothing is different.", "Leído. No ha cambiado nada."),
    "connections.secret.since": ("There is one since", "Hay uno desde el"),
    "connections.refresh": ("Read it again now", "Leerlo de nuevo ahora"),
    "connections.certificates": ("Certificates of the provider", "Certificados del proveedor"),
    "connections.certificates.text": (
        "Several count at once, so the provider can roll over. The account is told 30, 14 and 3 days before the end.",
        "Valen varios a la vez, para que el proveedor pueda cambiarlos. La cuenta recibe un aviso 30, 14 y 3 días "
        "antes del final.",
    ),
    "connections.certificates.none": (
        "None yet; metadata brings them.",
        "Todavía ninguno; llegan con los metadatos.",
    ),
    "connections.certificate.add": ("Add a certificate", "Añadir un certificado"),
    "connections.certificate.paste": ("Certificate (PEM or Base64)", "Certificado (PEM o Base64)"),
    "connections.certificate.none": ("Paste a certificate.", "Pegue un certificado."),
    "connections.certificate.confirm": ("Confirm it", "Confirmar"),
    "connections.certificate.remove": ("Remove it", "Quitar"),
    "connections.certificate.confirm.title": ("Trust this certificate?", "¿Confiar en este certificado?"),
    "connections.certificate.remove.title": ("Remove this certificate?", "¿Quitar este certificado?"),
    "connections.certificate.fingerprint": ("SHA-256 {fingerprint}", "SHA-256 {fingerprint}"),
    "connections.certificate.until": ("{subject}, until {at}", "{subject}, hasta el {at}"),
    "connections.certificate.confirm.fact": (
        "Compare the fingerprint with what the provider’s administrator sees there. Whoever has its key can sign in "
        "as anybody.",
        "Compare la huella con la que ve allí quien administra el proveedor. Quien tenga su clave puede entrar como "
        "cualquiera.",
    ),
    "connections.certificate.remove.fact": (
        "At once nothing that it has signed counts. If the provider still signs by it, nobody can sign in.",
        "En el acto deja de valer todo lo que haya firmado. Si el proveedor aún firma con él, nadie podrá entrar.",
    ),
    "connections.certificate.source.metadata": ("from metadata", "de los metadatos"),
    "connections.certificate.source.person": ("added by hand", "añadido a mano"),
    "connections.certificate.source.code": ("from code", "del código"),
    "done.connections.certificate.added": ("The certificate counts from now on.", "El certificado ya vale."),
    "done.connections.certificate.confirm": ("The certificate counts from now on.", "El certificado ya vale."),
    "done.connections.certificate.remove": ("The certificate is removed.", "El certificado se ha quitado."),
    "connections.keys": ("Our keys", "Nuestras claves"),
    "connections.keys.text": (
        "To roll over: publish another key, let the provider read our metadata, switch, and forget the former one.",
        "Para cambiarla: publique otra clave, deje que el proveedor lea nuestros metadatos, cambie y olvide la "
        "anterior.",
    ),
    "connections.key.state.current": ("in use", "en uso"),
    "connections.key.state.next": ("published", "publicada"),
    "connections.key.state.former": ("former", "anterior"),
    "connections.key.prepare": ("Publish another key", "Publicar otra clave"),
    "connections.key.switch": ("Switch to the published key", "Cambiar a la clave publicada"),
    "connections.key.retire.former": ("Forget the former key", "Olvidar la clave anterior"),
    "connections.key.retire.next": ("Forget the published key", "Olvidar la clave publicada"),
    "done.connections.key.prepare": (
        "Another key is published. Let the provider read our metadata before you switch.",
        "Hay otra clave publicada. Deje que el proveedor lea nuestros metadatos antes de cambiar.",
    ),
    "done.connections.key.switch": ("The new key is in use.", "La nueva clave está en uso."),
    "done.connections.key.retire": ("The key is forgotten.", "La clave se ha olvidado."),
    "connections.trust": ("Whom it trusts, and how far", "En quién confía y hasta dónde"),
    "connections.algorithms": ("Choose from {names}.", "Elija entre {names}."),
    "connections.forget": ("Forget whom it knows as whom", "Olvidar a quién conoce como quién"),
    "connections.meanwhile": (
        "Somebody has changed this connection since you opened the form. Nothing was saved: compare your entries with "
        "what it says now, on another tab, and save again.",
        "Alguien ha cambiado esta conexión desde que usted abrió el formulario. No se ha guardado nada: compare sus "
        "datos con los actuales, en otra pestaña, y guarde de nuevo.",
    ),
    "connections.forget.hint": (
        "At another provider the same subject is somebody else. All links to people are forgotten, and whoever came "
        "in by it is signed out.",
        "En otro proveedor el mismo sujeto es otra persona. Se olvidan todos los vínculos con personas y se cierra la "
        "sesión de quien entró por ella.",
    ),
    "connections.people.title": ("How somebody is recognised", "Cómo se reconoce a alguien"),
    "connections.people.text": (
        "A subject that was seen before is the same person for ever. For a new one these ways are tried in this order. "
        "Two people who would do are a refusal, never a choice.",
        "Un sujeto ya visto es la misma persona para siempre. Para uno nuevo se prueban estas vías en este orden. Si "
        "encajan dos personas se rechaza; nunca se elige.",
    ),
    "connections.nodirectory": ("none", "ninguno"),
    "connections.suggested": ("Usual at this provider:", "Habitual en este proveedor:"),
    "connections.jit.title": ("People who are not recognised", "Personas que no se reconocen"),
    "connections.groups.title": ("Groups", "Grupos"),
    "connections.more.title": ("Further", "Además"),
    "connections.claims.title": ("What goes where in a profile", "Qué va dónde en un perfil"),
    "connections.claims.text": (
        "For each field the claim that it comes from, or several with commas, of which the first one counts. Empty: "
        "what is usual. A hyphen: the field stays empty. The preview follows what you type; nothing is saved by it.",
        "Para cada campo, el atributo del que sale, o varios separados por comas, de los que vale el primero. Vacío: "
        "lo habitual. Un guion: el campo queda vacío. La vista previa sigue lo que escribe; no guarda nada.",
    ),
    "connections.claims.preview": ("Preview", "Vista previa"),
    "connections.claims.of": (
        "What this makes of what the provider said on",
        "Lo que resulta de lo que dijo el proveedor el",
    ),
    "connections.claims.nobody": (
        "Nobody has signed in by it lately. Try it out first: then the preview is of a real answer.",
        "Nadie ha entrado por ella últimamente. Pruébela antes: así la vista previa es de una respuesta real.",
    ),
    "connections.claims.field": ("Field", "Campo"),
    "connections.claims.value": ("Value", "Valor"),
    "connections.claims.claim": ("From", "De"),
}
