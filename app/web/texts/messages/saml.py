"""What is wrong with a message of SAML."""

from __future__ import annotations

MESSAGES = {
    "RelayState has more than {} bytes": "RelayState tiene más de {0} bytes",
    "an encrypted assertion has another one in it": "una aserción cifrada contiene otra",
    "nobody waits for the response; this connection takes none unasked": (
        "nadie espera la respuesta; esta conexión no acepta ninguna sin pedirla"
    ),
    "not encrypted": "sin cifrar",
    "signed by the certificate {}": "firmado con el certificado {0}",
    "the assertion must be encrypted on this connection": "en esta conexión la aserción debe estar cifrada",
    "the message is no response of SAML 2.0": "el mensaje no es una respuesta de SAML 2.0",
    "the {} is not signed": "falta la firma de {0:t}",
    "the {} must be signed on this connection": "en esta conexión debe ir firmado: {0:t}",
    "AuthnContext is {}; asked for {}": "AuthnContext es {0}; se pidió {1}",
    "AuthnInstant {} is missing or yet to come": "AuthnInstant {0} falta o está por llegar",
    "Conditions must have NotBefore and NotOnOrAfter": "Conditions debe tener NotBefore y NotOnOrAfter",
    "Destination is {}, not {}": "Destination es {0}, no {1}",
    "InResponseTo is that of no or of another request": "InResponseTo no es de ninguna petición, o es de otra",
    "Issuer is {}, not {}": "Issuer es {0}, no {1}",
    "Recipient is {}": "Recipient es {0}",
    "SubjectConfirmationData is missing": "falta SubjectConfirmationData",
    "a value of {} has elements or control characters, or is too long": (
        "un valor de {0} tiene elementos o caracteres de control, o es demasiado largo"
    ),
    "authenticated at {}": "autenticado el {0}",
    "authenticated at {}, which is too long ago": "autenticado el {0}, hace demasiado tiempo",
    "by our clock it is {}": "según nuestro reloj es el {0}",
    "it answers our request": "responde a nuestra petición",
    "it ended {}, by our clock it is {}": "terminó el {0}; según nuestro reloj es el {1}",
    "it is valid for more than 24 hours": "vale durante más de 24 horas",
    "it must have NotOnOrAfter, and no NotBefore": "debe tener NotOnOrAfter, y no NotBefore",
    "nobody asked for it": "nadie la pidió",
    "nobody confirms who brings the assertion: {}": "nadie confirma quién trae la aserción: {0:t}",
    "single attributes or names are encrypted; encrypt the assertion instead": (
        "hay atributos o nombres sueltos cifrados; cifre la aserción"
    ),
    "the NameID alone is encrypted; encrypt the assertion instead": ("solo está cifrado el NameID; cifre la aserción"),
    "the NameID is another one every time, and no attribute is the subject": (
        "el NameID es distinto cada vez, y ningún atributo es el sujeto"
    ),
    "the NameID is for {}, not {}": "el NameID es para {0}, no para {1}",
    "the assertion does not say for whom it is": "la aserción no dice para quién es",
    "the assertion has a condition that is not known: {}": "la aserción tiene una condición desconocida: {0}",
    "the assertion is for {}, not {}": "la aserción es para {0}, no para {1}",
    "the assertion is valid for more than 24 hours": "la aserción vale durante más de 24 horas",
    "the attribute {} has no name, or comes twice": "el atributo {0} no tiene nombre, o viene dos veces",
    "the attribute {}, which is the subject, must have one value of at most {}": (
        "el atributo {0}, que es el sujeto, debe tener un valor de {1} caracteres como máximo"
    ),
    "the identity provider answered {}; it says: {}": "el proveedor de identidad respondió {0}; dice: {1:t}",
    "the identity provider's session ended {}": "la sesión del proveedor de identidad terminó el {0}",
    "the response answers {} than the one that was made": "la respuesta responde a {0:t}, no a la que se hizo",
    "there is no SubjectConfirmation by bearer": "no hay SubjectConfirmation por bearer",
    "valid from {}; {}": "válido desde el {0}; {1:t}",
    "valid until {}, by our clock it is {}": "válido hasta el {0}; según nuestro reloj es el {1}",
    "valid until {}; {}": "válido hasta el {0}; {1:t}",
    "whoever brings it is confirmed until {}": "quien la trae está confirmado hasta el {0}",
    "{} attributes: {}": "{0} atributos: {1}",
    "EncryptedKey must be in the KeyInfo of EncryptedData, or beside it": (
        "EncryptedKey debe estar en el KeyInfo de EncryptedData, o a su lado"
    ),
    "RetrievalMethod leads elsewhere than to the EncryptedKey": "RetrievalMethod no lleva a EncryptedKey",
    "an encrypted assertion has {} in it": "una aserción cifrada contiene {0}",
    "an encrypted assertion must have one EncryptedData and one EncryptedKey": (
        "una aserción cifrada debe tener un EncryptedData y un EncryptedKey"
    ),
    "encryption by {} is not allowed; use AES with RSA-OAEP": "no se permite cifrar con {0}; use AES con RSA-OAEP",
    "it must be said once how something is encrypted": "se debe decir una sola vez cómo se cifra",
    "what is encrypted must be one element, the assertion": "lo cifrado debe ser un elemento, la aserción",
    "no certificate of the connection verifies the signature of the {}": (
        "ningún certificado de la conexión verifica la firma de {0}"
    ),
    "python3-saml refuses it: {}": "python3-saml lo rechaza: {0}",
    "the assertion cannot be decrypted": "no se puede descifrar la aserción",
    "the message is not as SAML's schema has it: {}": "el mensaje no cumple el esquema de SAML: {0}",
    "the message names schemas of its own": "el mensaje indica esquemas propios",
    "IssueInstant is {}, by our clock it is {}": "IssueInstant es {0}; según nuestro reloj es el {1}",
    "a message by redirect is signed in its address, not in itself": (
        "un mensaje por redirección se firma en su dirección, no en sí mismo"
    ),
    "the identity provider has no address for logout": (
        "el proveedor de identidad no tiene dirección de cierre de sesión"
    ),
    "the logout request ended {}": "la petición de cierre de sesión terminó el {0}",
    "the logout response answers another request": "la respuesta de cierre de sesión responde a otra petición",
    "the message is no {} of SAML 2.0": "el mensaje no es {0} de SAML 2.0",
    "a certificate in the document cannot be used: {}": "no se puede usar un certificado del documento: {0:t}",
    "entityID must have 1 to {} characters, and no space around it": (
        "entityID debe tener de 1 a {0} caracteres, sin espacios alrededor"
    ),
    "the document is longer than {} bytes": "el documento ocupa más de {0} bytes",
    "the document must be one EntityDescriptor with one IDPSSODescriptor in it": (
        "el documento debe ser un EntityDescriptor con un IDPSSODescriptor"
    ),
    "the identity provider does not speak SAML 2.0": "el proveedor de identidad no habla SAML 2.0",
    "there is no SingleSignOnService for the HTTP-Redirect binding": (
        "no hay SingleSignOnService para el binding HTTP-Redirect"
    ),
    "there must be 1 to {} certificates for signing, not {}": ("debe haber de 1 a {0} certificados de firma, no {1}"),
    "RelayState is longer than {} characters": "RelayState tiene más de {0} caracteres",
    "SAMLEncoding is not DEFLATE": "SAMLEncoding no es DEFLATE",
    "SigAlg {} is not allowed": "no se permite SigAlg {0}",
    "Signature is not Base64": "Signature no es Base64",
    "a message by redirect must be signed": "un mensaje por redirección debe ir firmado",
    "no certificate of the connection verifies the message": ("ningún certificado de la conexión verifica el mensaje"),
    "the query string is longer than {} bytes": "la cadena de consulta ocupa más de {0} bytes",
    "there must be one {}, and nothing else of SAML": "debe haber un {0}, y nada más de SAML",
    "{} comes twice": "{0} viene dos veces",
    "a signature carries an object": "una firma lleva un objeto",
    "a signature has not exactly one SignedInfo": "una firma no tiene exactamente un SignedInfo",
    "a signature has not exactly one plain {}": "una firma no tiene exactamente un {0} simple",
    "a signature has not exactly one reference": "una firma no tiene exactamente una referencia",
    "a signature refers to something else than what it stands in": (
        "una firma se refiere a algo distinto de aquello en lo que está"
    ),
    "a signature stands neither in the response nor in its assertion": (
        "hay una firma que no está en la respuesta ni en su aserción"
    ),
    "a signature's algorithm has parameters": "el algoritmo de una firma tiene parámetros",
    "a signature's transforms are not enveloped-signature and exclusive C14N": (
        "las transformaciones de una firma no son enveloped-signature y C14N exclusiva"
    ),
    "a transform of a signature has parameters": "una transformación de una firma tiene parámetros",
    "something has two signatures": "algo tiene dos firmas",
    "the response must have exactly one assertion, right below it": (
        "la respuesta debe tener exactamente una aserción, justo debajo"
    ),
    "{} {} is not allowed": "no se permite {0} {1}",
    "a certificate cannot be used: {}": "no se puede usar un certificado: {0:t}",
    "a connection needs at least one certificate of its provider, and at most {}": (
        "una conexión necesita al menos un certificado de su proveedor, y como máximo {0}"
    ),
    (
        "a transient NameID is another one at every sign-in, so nobody could be recognised by it: choose another "
        "format, or name an attribute that identifies people"
    ): (
        "un NameID transitorio es distinto en cada inicio de sesión, así que no serviría para reconocer a nadie: "
        "elija otro formato, o indique un atributo que identifique a las personas"
    ),
    "clocks may differ by 0 to {} seconds": "los relojes pueden diferir de 0 a {0} segundos",
    "the assertion, the response or both must be signed": "debe ir firmada la aserción, la respuesta o ambas",
    "the entity id must have 1 to {} characters, and no space around it": (
        "el ID de entidad debe tener de 1 a {0} caracteres, sin espacios alrededor"
    ),
    "{} is no address": "{0:t} no es una dirección",
    "{} is too long, or has characters that no address has": (
        "{0:t} es demasiado larga, o tiene caracteres que ninguna dirección tiene"
    ),
    "{} must be an https address without user and fragment, not {}": (
        "{0:t} debe ser una dirección https sin usuario ni fragmento, no {1}"
    ),
    "there must be exactly one {}, not {}": "debe haber exactamente un {0}, no {1}",
    "{} has white space {} it; let the provider send it without, since with and without it would be one person": (
        "{0:t} tiene espacios {1:t}; haga que el proveedor lo envíe sin ellos, ya que con ellos y sin ellos sería la "
        "misma persona"
    ),
    "{} is empty, longer than {} characters, or has more in it than text": (
        "{0:t} está vacío, tiene más de {1} caracteres o contiene algo más que texto"
    ),
    "{} is longer than {} characters, or has control characters": (
        "{0:t} tiene más de {1} caracteres, o caracteres de control"
    ),
    "{} is no time in UTC: {}": "{0} no es una hora en UTC: {1}",
    "more than two signatures, or one with other than one reference": (
        "más de dos firmas, o alguna que no tiene una única referencia"
    ),
    "the deflated message is cut off, or something follows it": ("el mensaje comprimido está cortado, o le sigue algo"),
    "the message has NUL in it": "el mensaje contiene NUL",
    "the message has a comment or a processing instruction": (
        "el mensaje tiene un comentario o una instrucción de proceso"
    ),
    "the message has a document type or entities": "el mensaje tiene un tipo de documento o entidades",
    "the message has an entity": "el mensaje tiene una entidad",
    "the message is deeper or longer than any real one": "el mensaje es más profundo o largo que cualquiera real",
    "the message is empty": "el mensaje está vacío",
    "the message is longer than {} bytes": "el mensaje ocupa más de {0} bytes",
    "the message is longer than {} bytes when inflated": "el mensaje descomprimido ocupa más de {0} bytes",
    "the message is not Base64": "el mensaje no es Base64",
    "the message is not UTF-8": "el mensaje no es UTF-8",
    "the message is not deflated": "el mensaje no está comprimido con deflate",
    "the message is not well-formed XML": "el mensaje no es XML bien formado",
    "the message says that it is {}; only UTF-8 is read": "el mensaje dice que es {0}; solo se lee UTF-8",
    "two elements of the message have one id": "dos elementos del mensaje tienen el mismo id",
}
PARTS = {
    "another request": "otra petición",
    "no request": "ninguna petición",
    "the attribute {}, which is the subject,": "el atributo {0}, que es el sujeto,",
    "the name of an attribute": "el nombre de un atributo",
    "it says no more": "no dice más",
    "the document": "el documento",
    "the message": "el mensaje",
    "the logout address": "la dirección de cierre de sesión",
    "the sign-in address": "la dirección de inicio de sesión",
    "response": "la respuesta",
    "assertion": "la aserción",
    "before": "delante",
    "after": "detrás",
}
