"""What to do about a sign-in that was refused."""

from __future__ import annotations

MESSAGES = {
    (
        "An attribute came twice, or with several values where one is needed. Look at the attribute statements of "
        "the application at the provider."
    ): (
        "Un atributo llegó dos veces, o con varios valores donde hace falta uno. Mire las declaraciones de atributos "
        "de la aplicación en el proveedor."
    ),
    (
        "Nobody here is known to be this person. Let the directory push them, and check that the attribute by which "
        "people are found has the value that the directory pushes as externalId; or let the connection create people."
    ): (
        "Aquí no se sabe de nadie que sea esta persona. Haga que el directorio la envíe, y compruebe que el atributo "
        "por el que se encuentra a las personas tiene el valor que el directorio envía como externalId; o deje que "
        "la conexión cree personas."
    ),
    (
        "Several people here could be meant, or externalId and userName speak of different ones. Compare what the "
        "trace says of both, and correct the wrong one in the directory."
    ): (
        "Aquí podrían ser varias personas, o externalId y userName hablan de personas distintas. Compare lo que la "
        "traza dice de ambos y corrija en el directorio el que esté mal."
    ),
    (
        "Sign-in by a connection is required, and this owner has not two factors of their own. Make a passkey or an "
        "authenticator app beforehand, or let another owner in; on the server, `muster door recover` relaxes it."
    ): (
        "Es obligatorio iniciar sesión por una conexión, y este propietario no tiene dos factores propios. Cree "
        "antes una llave de acceso o una aplicación de autenticación, o deje entrar a otro propietario; en el "
        "servidor, `muster door recover` lo relaja."
    ),
    (
        "Somebody was asked to prove again who they are, and signed in at the provider as somebody else. They sign "
        "out there, and try again."
    ): (
        "Se pidió a alguien que demostrara de nuevo su identidad, e inició sesión en el proveedor como otra persona. "
        "Debe cerrar allí la sesión e intentarlo otra vez."
    ),
    (
        "Something else than a sign-in was sent to this address, or far too much of it. Check that the address "
        "entered at the provider is the one that `muster connection show` names, and that a proxy in between changes "
        "nothing."
    ): (
        "A esta dirección se envió algo que no es un inicio de sesión, o demasiado. Compruebe que la dirección "
        "indicada en el proveedor es la que muestra `muster connection show`, y que ningún proxy intermedio cambia "
        "nada."
    ),
    (
        "The answer belongs to no sign-in that was begun here in this browser in the last minutes. Begin anew from "
        "the sign-in page. If it happens to everybody, the provider starts sign-ins by itself: that has to be "
        "allowed here."
    ): (
        "La respuesta no corresponde a ningún inicio de sesión empezado en este navegador en los últimos minutos. "
        "Empiece de nuevo en la página de inicio de sesión. Si les ocurre a todos, es el proveedor quien empieza los "
        "inicios de sesión: eso se debe permitir aquí."
    ),
    (
        "The connection is switched off, or lacks something that it needs, or the account is suspended. `muster "
        "connection show` says which; a test run works before it is switched on."
    ): (
        "La conexión está desactivada, o le falta algo que necesita, o la cuenta está suspendida. `muster connection "
        "show` dice qué; una prueba funciona antes de activarla."
    ),
    "The local door is for Account Owners of this account only; everybody else signs in by a connection.": (
        "La puerta local es solo para los propietarios de esta cuenta; los demás inician sesión por una conexión."
    ),
    (
        "The message arrived damaged. Look for a proxy or filter between the browser and Muster that rewrites forms "
        "or addresses."
    ): (
        "El mensaje llegó dañado. Busque un proxy o filtro entre el navegador y Muster que reescriba formularios o "
        "direcciones."
    ),
    (
        "The message came too early or too late. Compare the clocks first: a trace says how far the provider's is "
        "off; both sides should use NTP. Otherwise the person waited too long on the provider's page and tries again."
    ): (
        "El mensaje llegó demasiado pronto o demasiado tarde. Compare primero los relojes: una traza dice cuánto se "
        "desvía el del proveedor; ambos lados deberían usar NTP. Si no, la persona esperó demasiado en la página del "
        "proveedor y debe intentarlo de nuevo."
    ),
    (
        "The message cannot be decrypted: the provider encrypts for an old key of ours, or not at all although the "
        "connection asks for it. Let the provider read our metadata anew."
    ): (
        "No se puede descifrar el mensaje: el proveedor cifra para una clave nuestra antigua, o no cifra aunque la "
        "conexión lo pide. Haga que el proveedor lea de nuevo nuestros metadatos."
    ),
    (
        "The message comes from another provider, or another tenant of it, than this connection trusts. Compare "
        "entity id or issuer here and there, also http and https and a slash at the end."
    ): (
        "El mensaje procede de otro proveedor, o de otro inquilino suyo, distinto del que acepta esta conexión. "
        "Compare el ID de entidad o el emisor aquí y allí, también http y https y una barra al final."
    ),
    (
        "The message does not name the person in a way that lasts. Let the provider send a persistent name id, or "
        "name the attribute that never changes as the subject of this connection. White space around it is refused: "
        "trim it in the rule at the provider that makes it."
    ): (
        "El mensaje no identifica a la persona de forma duradera. Haga que el proveedor envíe un name id "
        "persistente, o indique como sujeto de esta conexión el atributo que nunca cambia. Se rechazan espacios "
        "alrededor: quítelos en la regla del proveedor que lo genera."
    ),
    (
        "The message does not say for which address or request it was made. Check that the ACS URL is the recipient "
        "at the provider, and that it sends the usual bearer confirmation."
    ): (
        "El mensaje no dice para qué dirección o petición se hizo. Compruebe que la URL ACS es el destinatario en el "
        "proveedor, y que este envía la confirmación bearer habitual."
    ),
    (
        "The message does not say when and how the person was authenticated. The provider has to send exactly one "
        "authentication statement; check its template for this application."
    ): (
        "El mensaje no dice cuándo y cómo se autenticó a la persona. El proveedor debe enviar exactamente una "
        "declaración de autenticación; revise su plantilla para esta aplicación."
    ),
    (
        "The message is none that this protocol knows. Check that the application at the provider is of the right "
        "kind (SAML 2.0 or OpenID Connect, as this connection) and not an older one."
    ): (
        "El mensaje no es de los que conoce este protocolo. Compruebe que la aplicación en el proveedor es del tipo "
        "correcto (SAML 2.0 u OpenID Connect, como esta conexión) y no uno más antiguo."
    ),
    (
        "The message is unusually large, mostly because hundreds of groups are sent. Send only the groups that are "
        "assigned to this application, or let SCIM push groups instead."
    ): (
        "El mensaje es inusualmente grande, casi siempre porque se envían cientos de grupos. Envíe solo los grupos "
        "asignados a esta aplicación, o haga que los envíe SCIM."
    ),
    (
        "The message was made for another address. Copy the ACS URL (or redirect URI) of this connection to the "
        "provider once more, character for character; another connection's is another address."
    ): (
        "El mensaje se hizo para otra dirección. Copie otra vez la URL ACS (o la URI de redirección) de esta "
        "conexión en el proveedor, carácter a carácter; la de otra conexión es otra dirección."
    ),
    (
        "The message was made for another service. Copy our entity id (SAML) or the client id (OpenID Connect) to "
        "the provider once more."
    ): (
        "El mensaje se hizo para otro servicio. Copie otra vez en el proveedor nuestro ID de entidad (SAML) o el id "
        "de cliente (OpenID Connect)."
    ),
    "The passkey is not known here, was meant for another address, or was used before. Use another factor.": (
        "Aquí no se conoce la llave de acceso, era para otra dirección o ya se usó. Use otro factor."
    ),
    (
        "The password was wrong, or none was ever set. Whoever has forgotten it is let in anew by `muster door "
        "reset` or, on the server, `muster door recover`."
    ): (
        "La contraseña era incorrecta, o nunca se fijó ninguna. A quien la ha olvidado se le deja entrar de nuevo "
        "con `muster door reset` o, en el servidor, con `muster door recover`."
    ),
    (
        "The person signed in with less than this connection asks for, such as without a second factor. Require it "
        "at the provider for this application, or ask for less here."
    ): (
        "La persona inició sesión con menos de lo que exige esta conexión, por ejemplo sin segundo factor. Exíjalo "
        "en el proveedor para esta aplicación, o pida menos aquí."
    ),
    (
        "The provider did not answer, or not as it must. Look at its status page; if it works, check issuer, client "
        "id and client secret of this connection, and whether the secret has expired there."
    ): (
        "El proveedor no respondió, o no como debe. Mire su página de estado; si funciona, compruebe el emisor, el "
        "id de cliente y el secreto de esta conexión, y si el secreto ha caducado allí."
    ),
    (
        "The provider does not sign what this connection asks for. Switch on signing of assertions there, or of both "
        "assertion and response, as the connection says."
    ): (
        "El proveedor no firma lo que pide esta conexión. Active allí la firma de las aserciones, o de la aserción y "
        "la respuesta, según diga la conexión."
    ),
    (
        "The provider itself refused this sign-in; its own log says why. Mostly the person is not assigned to the "
        "application there."
    ): (
        "El propio proveedor rechazó este inicio de sesión; su registro dice por qué. Casi siempre la persona no "
        "tiene allí asignada la aplicación."
    ),
    (
        "The provider sends XML that no reader may take safely. Switch off whatever adds comments or a document type "
        "at the provider; most have no such setting, so also ask who could have changed the message on its way."
    ): (
        "El proveedor envía un XML que ningún lector puede aceptar con seguridad. Desactive lo que añada comentarios "
        "o un tipo de documento en el proveedor; la mayoría no tiene ese ajuste, así que pregunte también quién pudo "
        "cambiar el mensaje por el camino."
    ),
    (
        "The provider signs or encrypts with an old algorithm. Choose RSA-SHA256 (or RS256) there; for encryption "
        "AES-GCM with RSA-OAEP."
    ): (
        "El proveedor firma o cifra con un algoritmo antiguo. Elija allí RSA-SHA256 (o RS256); para cifrar, AES-GCM "
        "con RSA-OAEP."
    ),
    (
        "The provider signs with a key that this connection does not know; mostly its certificate was renewed. "
        "Import its metadata anew, or add the new certificate: muster connection certificate add."
    ): (
        "El proveedor firma con una clave que esta conexión no conoce; casi siempre porque renovó su certificado. "
        "Importe de nuevo sus metadatos, o añada el certificado nuevo: muster connection certificate add."
    ),
    (
        "The second factor was wrong: a code of another moment, or one used before. If the clock of the telephone is "
        "right, use a recovery code or a passkey."
    ): (
        "El segundo factor era incorrecto: un código de otro momento, o uno ya usado. Si el reloj del teléfono va "
        "bien, use un código de recuperación o una llave de acceso."
    ),
    (
        "The sign-in began in one browser, or private window, and ended in another. Begin anew from the sign-in "
        "page; if nobody changed browsers, somebody tried to sign a victim in as themselves."
    ): (
        "El inicio de sesión empezó en un navegador, o ventana privada, y terminó en otro. Empiece de nuevo en la "
        "página de inicio de sesión; si nadie cambió de navegador, alguien intentó que una víctima iniciara sesión "
        "como él."
    ),
    "The signature does not cover the message as it must; honest providers never send this. Treat it as an attack.": (
        "La firma no cubre el mensaje como debe; los proveedores honrados nunca envían esto. Trátelo como un ataque."
    ),
    (
        "This person is switched off here, or was deleted, and signing in does not bring anybody back. Switch them "
        "on in the directory; whoever was deleted and came back needs their former link removed: muster connection "
        "unlink."
    ): (
        "Esta persona está desactivada aquí, o fue eliminada, y el inicio de sesión no devuelve a nadie. Actívela en "
        "el directorio; si se eliminó y volvió, hay que quitar su vínculo anterior: muster connection unlink."
    ),
    (
        "This very message was used before, mostly because somebody went back in the browser. Begin anew; if nobody "
        "did that, treat it as an attack."
    ): (
        "Este mismo mensaje ya se usó, casi siempre porque alguien volvió atrás en el navegador. Empiece de nuevo; "
        "si nadie lo hizo, trátelo como un ataque."
    ),
    (
        "Too many tries failed, so nobody is let in for some minutes, with the right password either. A passkey "
        "opens the door all the same. If it was not the owner who tried, find out who did."
    ): (
        "Fallaron demasiados intentos, así que durante unos minutos no se deja entrar a nadie, tampoco con la "
        "contraseña correcta. Una llave de acceso abre la puerta igualmente. Si no fue el propietario quien lo "
        "intentó, averigüe quién fue."
    ),
    "Two parts of the message have one id, which honest providers never send. Treat it as an attack.": (
        "Dos partes del mensaje tienen el mismo id, cosa que los proveedores honrados nunca envían. Trátelo como un "
        "ataque."
    ),
}
PARTS: dict[str, str] = {}
