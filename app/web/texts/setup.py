"""What stands on the pages of set-up links."""

from __future__ import annotations

TEXTS = {
    "setup.state.done": ("done", "hecho"),
    "setup.state.now": ("to do now", "pendiente ahora"),
    "setup.state.later": ("comes later", "más adelante"),
    "setup.until": ("This link is good until", "Este enlace es válido hasta el"),
    "setup.resume": (
        "You can leave at any time and go on later with the same link.",
        "Puede salir en cualquier momento y continuar más tarde con el mismo enlace.",
    ),
    "setup.ago.seconds": ("{n} seconds ago", "hace {n} segundos"),
    "setup.ago.minutes": ("{n} minutes ago", "hace {n} minutos"),
    "setup.ago.hours": ("{n} hours ago", "hace {n} horas"),
    "setup.ago.days": ("{n} days ago", "hace {n} días"),
    "setup.saml.title": ("Set up single sign-on (SAML)", "Configurar el inicio de sesión único (SAML)"),
    "setup.saml.intro": (
        "With these steps the people of {account} will sign in with your own identity provider.",
        "Con estos pasos, las personas de {account} entrarán con su propio proveedor de identidad.",
    ),
    "setup.oidc.title": (
        "Set up single sign-on (OpenID Connect)",
        "Configurar el inicio de sesión único (OpenID Connect)",
    ),
    "setup.oidc.intro": (
        "With these steps the people of {account} will sign in with your own identity provider.",
        "Con estos pasos, las personas de {account} entrarán con su propio proveedor de identidad.",
    ),
    "setup.scim.title": ("Set up provisioning (SCIM)", "Configurar el aprovisionamiento (SCIM)"),
    "setup.scim.intro": (
        "With these steps your identity provider keeps the people and groups of {account} up to date.",
        "Con estos pasos, su proveedor de identidad mantendrá al día las personas y los grupos de {account}.",
    ),
    "setup.certificate.title": ("Renew the signing certificate", "Renovar el certificado de firma"),
    "setup.certificate.intro": (
        "Add the new certificate of your identity provider for {account} before the old one ends. Both count "
        "meanwhile, so nobody is locked out.",
        "Añada el nuevo certificado de su proveedor de identidad para {account} antes de que caduque el antiguo. "
        "Mientras tanto valen los dos, así que nadie se queda fuera.",
    ),
    "setup.domain.title": ("Prove your e-mail domain", "Demostrar su dominio de correo"),
    "setup.domain.intro": (
        "Show that the domain belongs to {account}, so that its people are led to your sign-in.",
        "Demuestre que el dominio pertenece a {account} para que sus personas lleguen a su inicio de sesión.",
    ),
    "setup.provider.title": ("Choose your identity provider", "Elija su proveedor de identidad"),
    "setup.provider.choose": ("Which one do you use?", "¿Cuál utiliza?"),
    "setup.provider.other": ("Choose another one", "Elegir otro"),
    "setup.told.title": ("Enter our addresses there", "Introduzca allí nuestras direcciones"),
    "setup.told.text": (
        "Do this in the administration of your identity provider. Copy the values exactly.",
        "Hágalo en la administración de su proveedor de identidad. Copie los valores exactamente.",
    ),
    "setup.told.again": ("Show the steps and addresses again", "Mostrar de nuevo los pasos y las direcciones"),
    "setup.metadata.change": ("Give other metadata", "Dar otros metadatos"),
    "setup.client.change": ("Change them", "Cambiarlos"),
    "setup.told.all": (
        "All our addresses, by their usual names",
        "Todas nuestras direcciones y sus nombres habituales",
    ),
    "setup.told.acs": ("ACS URL (reply URL)", "URL de ACS (URL de respuesta)"),
    "setup.told.entity": (
        "Entity ID (audience), and where our metadata is",
        "ID de entidad (audiencia), y dónde están nuestros metadatos",
    ),
    "setup.told.logout": ("Logout URL", "URL de cierre de sesión"),
    "setup.told.callback": ("Redirect URI", "URI de redirección"),
    "setup.told.backchannel": ("Back-channel logout URI", "URI de cierre de sesión por canal trasero"),
    "setup.told.go": ("I have entered them", "Ya las he introducido"),
    "setup.metadata.title": ("Give us its metadata", "Dénos sus metadatos"),
    "setup.metadata.entity": ("Entity ID", "ID de entidad"),
    "setup.metadata.sso": ("Sign-in address", "Dirección de inicio de sesión"),
    "setup.metadata.url": ("Metadata URL", "URL de metadatos"),
    "setup.metadata.url.hint": (
        "Best, since we then notice new certificates by ourselves.",
        "Lo mejor: así detectamos nosotros mismos los certificados nuevos.",
    ),
    "setup.metadata.file": ("or upload the metadata file", "o suba el archivo de metadatos"),
    "setup.metadata.paste": ("or paste the metadata", "o pegue los metadatos"),
    "setup.metadata.go": ("Read the metadata", "Leer los metadatos"),
    "setup.client.title": ("Give us issuer, client id and secret", "Dénos el emisor, el id de cliente y el secreto"),
    "setup.client.found": ("We have read what the provider publishes:", "Hemos leído lo que publica el proveedor:"),
    "setup.client.issuer": ("Issuer", "Emisor (issuer)"),
    "setup.client.issuer.hint": (
        "An address such as https://login.company.com, without /.well-known.",
        "Una dirección como https://login.empresa.com, sin /.well-known.",
    ),
    "setup.client.id": ("Client ID", "ID de cliente"),
    "setup.client.secret": ("Client secret", "Secreto de cliente"),
    "setup.client.secret.hint": (
        "It is kept sealed and never shown again.",
        "Se guarda cifrado y no se vuelve a mostrar.",
    ),
    "setup.client.secret.kept": (
        "We have one already; leave this empty to keep it.",
        "Ya tenemos uno; déjelo vacío para conservarlo.",
    ),
    "setup.client.go": ("Save and read the provider", "Guardar y leer el proveedor"),
    "setup.test.title": ("Try it out", "Pruébelo"),
    "setup.test.text": (
        "Sign in once as yourself. Nobody is signed in or created by it; come back here to see what was found.",
        "Inicie sesión una vez con su propia cuenta. Nadie queda conectado ni se crea nada; vuelva aquí para ver el "
        "resultado.",
    ),
    "setup.test.go": ("Begin a test sign-in", "Iniciar una prueba"),
    "setup.test.again": ("Test again", "Probar de nuevo"),
    "setup.test.waiting": ("Waiting for your test sign-in…", "Esperando su prueba de inicio de sesión…"),
    "setup.test.opened": (
        "Your test sign-in has begun; waiting for your provider’s answer…",
        "Su prueba ha comenzado; esperando la respuesta de su proveedor…",
    ),
    "setup.test.expired": (
        "The test took too long. Begin another one.",
        "La prueba tardó demasiado. Inicie otra.",
    ),
    "setup.test.passed": ("It works: everything was checked and is right.", "Funciona: todo está comprobado y bien."),
    "setup.test.unknown": (
        "It works: your provider’s answer is right. You are not known here yourself yet; your contact sees to that.",
        "Funciona: la respuesta de su proveedor es correcta. Aquí aún no le conocemos; su contacto se ocupa de ello.",
    ),
    "setup.test.refused": ("It does not work yet:", "Todavía no funciona:"),
    "setup.test.outdated": (
        "The test succeeded, but settings were changed after it. Test once more.",
        "La prueba tuvo éxito, pero después se cambiaron ajustes. Pruebe otra vez.",
    ),
    "setup.test.user_name": ("User name", "Nombre de usuario"),
    "setup.test.name": ("Name", "Nombre"),
    "setup.test.email": ("E-mail", "Correo"),
    "setup.token.title": ("Enter our address and a token there", "Introduzca allí nuestra dirección y un token"),
    "setup.token.url": ("SCIM base URL (tenant URL)", "URL base de SCIM (URL del inquilino)"),
    "setup.token.token": ("Bearer token (secret token)", "Token de portador (token secreto)"),
    "setup.token.once": (
        "Copy it now: it is not shown again. Send it to nobody.",
        "Cópielo ahora: no se vuelve a mostrar. No se lo envíe a nadie.",
    ),
    "setup.token.go": ("Show a token", "Mostrar un token"),
    "setup.token.again": ("Issue another token", "Emitir otro token"),
    "setup.token.issued": (
        "A token was issued. If it is lost, issue another one.",
        "Se ha emitido un token. Si se ha perdido, emita otro.",
    ),
    "setup.token.pasted": ("I have pasted it", "Ya lo he pegado"),
    "setup.arrival.title": ("Wait for the first request", "Espere la primera petición"),
    "setup.arrival.waiting": ("Waiting for the first request…", "Esperando la primera petición…"),
    "setup.arrival.hint": (
        "Use “test connection” or “activate” at your provider. This page looks again by itself.",
        "Use «probar conexión» o «activar» en su proveedor. Esta página se actualiza sola.",
    ),
    "setup.arrival.seen": (
        "Your provider reaches us. Last request seen",
        "Su proveedor nos alcanza. Última petición vista",
    ),
    "setup.arrival.counts": (
        "{people} people and {groups} groups have arrived.",
        "Han llegado {people} personas y {groups} grupos.",
    ),
    "setup.guide.okta.1": (
        "In your Okta app open Provisioning, Integration, and choose SCIM; for a new app use one with SCIM support.",
        "En su aplicación de Okta abra Provisioning, Integration, y elija SCIM; para una nueva, use una con SCIM.",
    ),
    "setup.guide.okta.2": (
        "Unique identifier field: userName. Supported actions: import and push new users, profile updates, groups. "
        "Authentication mode: HTTP Header.",
        "Unique identifier field: userName. Acciones: importar y enviar usuarios nuevos, cambios de perfil y grupos. "
        "Authentication mode: HTTP Header.",
    ),
    "setup.guide.okta.3": (
        "Enter address and token, test, then assign people first and push groups after that.",
        "Introduzca dirección y token, pruebe, asigne primero personas y envíe después los grupos.",
    ),
    "setup.guide.entra.1": (
        "In the Entra admin center open your enterprise application, Provisioning, and choose Automatic.",
        "En el centro de administración de Entra abra su aplicación empresarial, Provisioning, y elija Automatic.",
    ),
    "setup.guide.entra.2": (
        "Enter the address as Tenant URL and the token as Secret Token, and choose Test Connection.",
        "Introduzca la dirección en Tenant URL y el token en Secret Token, y elija Test Connection.",
    ),
    "setup.guide.entra.3": (
        "Keep userName and displayName as matching attributes, assign people or groups, and start provisioning.",
        "Conserve userName y displayName como atributos de coincidencia, asigne personas o grupos e inícielo.",
    ),
    "setup.guide.onelogin.1": (
        "In OneLogin open the application’s Configuration and Provisioning tabs; enter address and token, enable it.",
        "En OneLogin abra Configuration y Provisioning de la aplicación; introduzca dirección y token, y actívelo.",
    ),
    "setup.guide.onelogin.2": (
        "Turn on group provisioning by rules if groups are to arrive.",
        "Active el aprovisionamiento de grupos por reglas si deben llegar grupos.",
    ),
    "setup.guide.jumpcloud.1": (
        "In JumpCloud open the application’s Identity Management, enter address and token, and choose Activate. It "
        "makes a test user and a test group and removes both.",
        "En JumpCloud abra Identity Management de la aplicación, introduzca dirección y token y elija Activate. Crea "
        "un usuario y un grupo de prueba y los elimina.",
    ),
    "setup.guide.ping.1": (
        "In Ping make a provisioning connection of the kind SCIM outbound, with OAuth 2 bearer token, and a rule for "
        "whom it is.",
        "En Ping cree una conexión de aprovisionamiento SCIM saliente con token de portador OAuth 2 y una regla que "
        "diga para quién.",
    ),
    "setup.guide.google.1": (
        "In the Google admin console open the app’s Autoprovisioning, and enter address and token. People arrive, but "
        "no groups.",
        "En la consola de Google abra Autoprovisioning de la aplicación e introduzca dirección y token. Llegan "
        "personas, pero no grupos.",
    ),
    "setup.guide.generic.1": (
        "Any client of SCIM 2.0 works: it needs our address, and the token as bearer token.",
        "Sirve cualquier cliente de SCIM 2.0: necesita nuestra dirección y el token como token de portador.",
    ),
    "setup.certificate.one": ("Certificate", "Certificado"),
    "setup.certificate.text": (
        "These are the certificates of {connection}. Add the new one: your contact confirms it, and removes the old "
        "one once it is not used any more.",
        "Estos son los certificados de {connection}. Añada el nuevo: su contacto lo confirma, y retirará el antiguo "
        "cuando ya no se use.",
    ),
    "setup.certificate.until": ("until", "hasta el"),
    "setup.certificate.used": ("last verified a sign-in", "verificó por última vez el"),
    "setup.certificate.unused": ("has verified no sign-in yet", "aún no ha verificado ningún inicio de sesión"),
    "setup.certificate.state.valid": ("valid", "válido"),
    "setup.certificate.state.unconfirmed": ("not confirmed", "sin confirmar"),
    "setup.certificate.state.not_yet": ("not valid yet", "aún no válido"),
    "setup.certificate.state.expiring": ("ends soon", "caduca pronto"),
    "setup.certificate.state.expired": ("expired", "caducado"),
    "setup.certificate.file": ("Upload the new certificate", "Suba el nuevo certificado"),
    "setup.certificate.paste": ("or paste it", "o péguelo"),
    "setup.certificate.go": ("Add this certificate", "Añadir este certificado"),
    "setup.name.title": ("Name the domain", "Indique el dominio"),
    "setup.name.label": ("Domain of your e-mail addresses", "Dominio de sus direcciones de correo"),
    "setup.name.hint": ("For example company.com", "Por ejemplo empresa.com"),
    "setup.name.again": ("Name another domain", "Indicar otro dominio"),
    "setup.name.other": ("Take this one instead", "Usar este otro"),
    "setup.check.title": ("Set a DNS record", "Cree un registro DNS"),
    "setup.check.text": (
        "Whoever manages your DNS adds this record. It may take up to an hour to be seen; you can leave and come back.",
        "Quien administra su DNS añade este registro. Puede tardar hasta una hora en verse; puede salir y volver.",
    ),
    "setup.check.name": ("Name", "Nombre"),
    "setup.check.type": ("Type", "Tipo"),
    "setup.check.value": ("Value", "Valor"),
    "setup.check.go": ("Check now", "Comprobar ahora"),
    "setup.check.done": ("{domain} is yours.", "{domain} es suyo."),
    "setup.check.leads": (
        "Its addresses lead to {connection}. Leave the record in place: it is looked at every day.",
        "Sus direcciones llevan a {connection}. No quite el registro: se revisa cada día.",
    ),
    "setup.finish.title": ("Finish", "Terminar"),
    "setup.finish.go": ("Finish", "Terminar"),
    "setup.finish.on": (
        "Sign-in is switched on with this, and the link ends.",
        "Con esto se activa el inicio de sesión y el enlace termina.",
    ),
    "setup.finish.tested": (
        "Your contact then switches sign-in on. The link ends with this.",
        "Después, su contacto activará el inicio de sesión. Con esto termina el enlace.",
    ),
    "setup.finish.nobody": (
        "Nobody would be let in yet, however right your provider’s answers are: your contact still has to say here "
        "whose sign-ins these are.",
        "Aún no entraría nadie, por correctas que sean las respuestas de su proveedor: su contacto todavía tiene que "
        "indicar aquí de quién son estos inicios de sesión.",
    ),
    "setup.finish.untested": (
        "Better try it out before. If you cannot, finish now: your contact will test it and switch it on.",
        "Mejor pruébelo antes. Si no puede, termine ahora: su contacto lo probará y lo activará.",
    ),
    "setup.finish.scim": ("Everything works. The link ends with this.", "Todo funciona. Con esto termina el enlace."),
    "setup.finish.quiet": (
        "Nothing has arrived yet. You can finish all the same; the link ends with this.",
        "Aún no ha llegado nada. Puede terminar de todos modos; con esto termina el enlace.",
    ),
    "setup.finish.certificate": (
        "Once the new certificate is confirmed, switch your provider over to it. The link ends with this.",
        "Cuando el nuevo certificado esté confirmado, cambie su proveedor a él. Con esto termina el enlace.",
    ),
    "setup.finish.domain": ("The link ends with this.", "Con esto termina el enlace."),
    "setup.done.title": ("That is all — thank you", "Eso es todo, gracias"),
    "setup.done.on": (
        "Sign-in is switched on. Your people can sign in with your identity provider now.",
        "El inicio de sesión está activado. Sus personas ya pueden entrar con su proveedor de identidad.",
    ),
    "setup.done.off": (
        "Everything is kept. Your contact switches sign-in on and tells you.",
        "Todo está guardado. Su contacto activará el inicio de sesión y le avisará.",
    ),
    "setup.done.scim": (
        "Your identity provider keeps people and groups up to date from now on.",
        "A partir de ahora su proveedor de identidad mantiene al día personas y grupos.",
    ),
    "setup.done.certificate": (
        "The new certificate is here. Where people sign in already, it counts once your contact has confirmed it.",
        "El nuevo certificado está aquí. Donde ya se inicia sesión, vale cuando su contacto lo haya confirmado.",
    ),
    "setup.done.domain": ("The domain is proven to be yours.", "Queda demostrado que el dominio es suyo."),
    "setup.done.close": (
        "This link is used up; you can close the page.",
        "Este enlace ya no sirve; puede cerrar la página.",
    ),
    "setup.over.title": ("This link is not good any more", "Este enlace ya no es válido"),
    "setup.over.text": (
        "It was used up, has ended, was taken back, or the address is incomplete.",
        "Ya se utilizó, ha caducado, fue retirado o la dirección está incompleta.",
    ),
    "setup.over.next": (
        "Ask whoever sent it to you for a new one. What was set up already is kept.",
        "Pida uno nuevo a quien se lo envió. Lo que ya se configuró se conserva.",
    ),
}
