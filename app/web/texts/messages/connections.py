"""What connections, their keys and certificates say."""

from __future__ import annotations

MESSAGES = {
    "a connection has at most {} certificates; remove those that are not needed any more": (
        "una conexión tiene como máximo {0} certificados; quite los que ya no se necesiten"
    ),
    "an OpenID provider publishes its keys itself; certificates are for SAML": (
        "un proveedor de OpenID publica sus claves él mismo; los certificados son para SAML"
    ),
    "nobody could sign in without its last certificate; add another one, or switch it off, first": (
        "nadie podría iniciar sesión sin su último certificado; añada antes otro, o desactive la conexión"
    ),
    "the connection has this certificate already": "la conexión ya tiene este certificado",
    "this certificate is confirmed already": "este certificado ya está confirmado",
    "{} has no certificate {}": "{0} no tiene el certificado {1}",
    "another key is published already; switch to it, or retire it": (
        "ya hay otra clave publicada; pase a ella, o retírela"
    ),
    "no other key is published; prepare one, and let the provider learn of it": (
        "no hay otra clave publicada; prepare una y deje que el proveedor la conozca"
    ),
    "there is only the key in use; it goes once another one is in use": (
        "solo hay la clave en uso; se retira cuando otra esté en uso"
    ),
    "is none": "no existe",
    "there is no preset {} for {}; choose from {}": "no existe el modelo {0} para {1}; elija entre {2}",
    "a new certificate: {}": "un certificado nuevo: {0:t}",
    "is needed": "es necesario",
    "metadata is for SAML; an OpenID provider is read from its issuer": (
        "los metadatos son para SAML; un proveedor de OpenID se lee desde su emisor"
    ),
    "the metadata cannot be used: {}": "no se pueden usar los metadatos: {0:t}",
    "the metadata ended on {}, by its own words": "los metadatos terminaron el {0}, según ellos mismos",
    "the metadata is that of {}, and {} is with {}; another provider needs another connection": (
        "los metadatos son de {0}, y {1} es con {2}; otro proveedor necesita otra conexión"
    ),
    "the metadata names no logout address, so people are not signed out at the provider": (
        "los metadatos no indican dirección de cierre de sesión, así que no se cierra la sesión en el proveedor"
    ),
    "the provider names people by transient ids only, by which nobody can be recognised": (
        "el proveedor solo identifica a las personas con ids transitorios, con los que no se puede reconocer a nadie"
    ),
    "the provider names people by {}, and is asked for {}": (
        "el proveedor identifica a las personas con {0}, y se le pide {1}"
    ),
    "the provider names the certificate {} no more; remove it once nobody needs it": (
        "el proveedor ya no indica el certificado {0}; quítelo cuando nadie lo necesite"
    ),
    "the provider's sign-in address would be {}; refresh it yourself if that is right": (
        "la dirección de inicio de sesión del proveedor sería {0}; actualícela usted si es correcta"
    ),
    "{} cannot be read: it answered {}": "no se puede leer {0}: respondió {1}",
    "{} cannot be read: {}": "no se puede leer {0}: {1:t}",
    "{} cannot be used: {}": "no se puede usar {0}: {1:t}",
    "{} has no {} to be read": "{0} no tiene {1:t} que leer",
    "{} was changed meanwhile; try again": "{0} se modificó entretanto; inténtelo de nuevo",
    "{}; name a subject_attribute first": "{0:t}; indique antes un subject_attribute",
    "there is already a connection named {}": "ya existe una conexión llamada {0}",
    "there is no connection {} in this account": "no existe la conexión {0} en esta cuenta",
    "whoever signs in by a connection may have any role; only an Account Owner has to do with it": (
        "quien inicia sesión por una conexión puede tener cualquier rol; solo se ocupa de ello un propietario de la "
        "cuenta"
    ),
    "nobody has signed in by {} yet, or it is too long ago; try it out first": (
        "aún nadie ha iniciado sesión por {0}, o hace demasiado tiempo; pruébela antes"
    ),
    "there is no test {} of {}, or no longer": "no existe la prueba {0} de {1}, o ya no",
    "{} cannot be tried, as it lacks: {}": "no se puede probar {0}, porque le falta: {1}",
    "SAML does not say whether an address is verified; vouches_for_email says that you answer for it": (
        "SAML no dice si una dirección está verificada; con vouches_for_email responde usted de ella"
    ),
    "a connection needs a name": "una conexión necesita un nombre",
    "a transient NameID is another one at each sign-in": ("un NameID transitorio es distinto en cada inicio de sesión"),
    "an e-mail address passes from one person to another": "una dirección de correo pasa de una persona a otra",
    "is about people of a directory; say of which one": "trata de las personas de un directorio; indique de cuál",
    "is for a connection by {}": "es para una conexión por {0}",
    "is needed: {}, so another attribute identifies them": (
        "es necesario: {0:t}, así que otro atributo las identifica"
    ),
    "must contain openid": "debe contener openid",
    "must not be empty": "no debe estar vacío",
    "must say in which claim the groups are": "debe indicar en qué atributo están los grupos",
    "needs a verified domain that belongs to this connection": (
        "necesita un dominio verificado que sea de esta conexión"
    ),
    "needs join_external_id: people are adopted by that alone": (
        "necesita join_external_id: solo por él se adopta a las personas"
    ),
    "nobody is created here, so there is nobody to adopt but those of before": (
        "aquí no se crea a nadie, así que no hay a quién adoptar salvo a los de antes"
    ),
    (
        "nobody new is recognised: name a directory and what leads to its people (join_external_id, join_user_name "
        "or join_email), or let the connection create people"
    ): (
        "no se reconoce a nadie nuevo: indique un directorio y lo que lleva a sus personas (join_external_id, "
        "join_user_name o join_email), o deje que la conexión cree personas"
    ),
    "passes from one person to another, and is never a key": "pasa de una persona a otra y nunca sirve de clave",
    (
        "responses that nobody asked for are accepted: somebody can be led into signing in as somebody else, and it "
        "cannot be told; leave it off unless people start at their provider's portal"
    ): (
        "se aceptan respuestas que nadie pidió: se puede llevar a alguien a iniciar sesión como otra persona sin que "
        "se note; déjelo desactivado salvo que las personas empiecen en el portal de su proveedor"
    ),
    (
        "the provider decides what its NameID is; make sure that it never passes from one person to another, or name "
        "a subject_attribute"
    ): (
        "el proveedor decide qué es su NameID; asegúrese de que nunca pase de una persona a otra, o indique un "
        "subject_attribute"
    ),
    "there is nothing unsolicited in OpenID Connect": "en OpenID Connect no hay nada sin solicitar",
    "this connection speaks {}": "esta conexión habla {0}",
    "whoever the provider gives a user name of the directory is taken for that person at first sign-in": (
        "a quien el proveedor dé un nombre de usuario del directorio se le toma por esa persona en su primer inicio "
        "de sesión"
    ),
    "SAML has no client secret": "SAML no tiene secreto de cliente",
    "an account has at most {} connections": "una cuenta tiene como máximo {0} conexiones",
    "is for OpenID Connect": "es para OpenID Connect",
    "is not possible without {}": "no es posible sin {0}",
    "must be one that an identity provider pushes into": "debe ser uno al que envía un proveedor de identidad",
    "nothing pushes into {}, so its people cannot be joined": (
        "nada se envía a {0}, así que no se puede vincular a sus personas"
    ),
    "{} cannot be on, as it lacks: {}": "{0} no se puede activar, porque le falta: {1}",
    "{} is on; switch it off first, which signs out whoever came in by it": (
        "{0} está activada; desactívela antes, lo que cierra la sesión de quien entró por ella"
    ),
    "{} leads to {}; let it lead elsewhere, or remove it, first": (
        "{0} lleva a {1}; haga que lleve a otra parte, o quítelo, antes"
    ),
    "too many encrypted responses of this connection could not be decrypted": (
        "no se pudieron descifrar demasiadas respuestas cifradas de esta conexión"
    ),
    "its keys have not come within {} seconds": "sus claves no han llegado en {0} segundos",
    "either a secret or a private key": "o un secreto o una clave privada",
    "the token endpoint answered {}": "la dirección de tokens respondió {0}",
    "there is no access token for userinfo, or no address of it": (
        "no hay token de acceso para userinfo, o no hay dirección de userinfo"
    ),
    "userinfo is {}, not application/json": "userinfo es {0}, no application/json",
    "{} is no JSON object: {}": "{0:t} no es un objeto JSON: {1:t}",
    "the RSA key has {} bits; {} are the least": "la clave RSA tiene {0} bits; hacen falta al menos {1}",
    "the certificate's key is neither RSA nor an elliptic curve": (
        "la clave del certificado no es RSA ni de curva elíptica"
    ),
    "the curve {} is not accepted; use P-256, P-384 or P-521": ("no se acepta la curva {0}; use P-256, P-384 o P-521"),
    "these are several; paste one certificate at a time, that which signs": (
        "son varios; pegue un certificado cada vez, el que firma"
    ),
    "this is a private key; paste the certificate, and keep the key to yourself": (
        "esto es una clave privada; pegue el certificado y guarde la clave para usted"
    ),
    "this is no X.509 certificate in PEM or Base64": "esto no es un certificado X.509 en PEM o Base64",
    "this is too long for one certificate": "es demasiado largo para un certificado",
}
PARTS = {
    "{}, which does not count before somebody confirms it": "{0}, que no cuenta hasta que alguien lo confirme",
    "discovery of {}": "la lectura de {0}",
    "the discovery document": "el documento de descubrimiento",
    "the key set": "el conjunto de claves",
    "the provider's keys": "las claves del proveedor",
    "the token endpoint": "la dirección de tokens",
    "the token endpoint's answer": "la respuesta de la dirección de tokens",
    "nothing": "nada",
}
