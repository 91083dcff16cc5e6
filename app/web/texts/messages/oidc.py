"""What is wrong with an answer of OpenID Connect."""

from __future__ import annotations

MESSAGES = {
    "a parameter of the answer comes twice": "un parámetro de la respuesta viene dos veces",
    "acr is {}": "acr es {0}",
    "acr is {}; asked for {}": "acr es {0}; se pidió {1}",
    "amr is {}; asked for {}": "amr es {0}; se pidió {1}",
    "at {}": "el {0}",
    "at_hash is no text, or there is no access token to hold it against": (
        "at_hash no es un texto, o no hay token de acceso con que compararlo"
    ),
    "at_hash is not that of the access token": "at_hash no es el del token de acceso",
    "auth_time is missing, although max_age was asked for": "falta auth_time, aunque se pidió max_age",
    "auth_time is {}, by our clock it is {}": "auth_time es {0}; según nuestro reloj es el {1}",
    "auth_time is {}, longer ago than max_age allows": "auth_time es {0}, más antiguo de lo que permite max_age",
    "iss of the answer is {}, not {}": "iss de la respuesta es {0}, no {1}",
    "nonce is not that of the sign-in": "nonce no es el del inicio de sesión",
    "state is not that of the sign-in": "state no es el del inicio de sesión",
    "the access token is no text of printable ASCII characters": (
        "el token de acceso no es un texto de caracteres ASCII imprimibles"
    ),
    "the answer carries tokens; only the code flow is used": (
        "la respuesta lleva tokens; solo se usa el flujo con código"
    ),
    "the answer has no code, or too long a one": "la respuesta no tiene código, o es demasiado largo",
    "the answer has no state, or several": "la respuesta no tiene state, o tiene varios",
    "the provider answered {}": "el proveedor respondió {0}",
    "the provider does not say when": "el proveedor no dice cuándo",
    "the token is a logout token, not an ID token": "el token es de cierre de sesión, no un ID token",
    "the token response has no id_token": "la respuesta de tokens no tiene id_token",
    "typ is {}, which is no ID token": "typ es {0}, que no es un ID token",
    "acr has more than {} characters, or some that do not print": (
        "acr tiene más de {0} caracteres, o algunos no imprimibles"
    ),
    "sid is no text of 1 to {} printable characters": "sid no es un texto de 1 a {0} caracteres imprimibles",
    "the subject is longer than {} characters": "el sujeto tiene más de {0} caracteres",
    "userinfo speaks of another subject than the ID token": "userinfo habla de otro sujeto que el ID token",
    "{} has a |, which joins the parts of the subject": "{0} tiene un |, que une las partes del sujeto",
    "{} has characters other than printable ASCII": "{0} tiene caracteres que no son ASCII imprimible",
    "{} is no text of 1 to {} characters": "{0} no es un texto de 1 a {1} caracteres",
    "a scope is a word of plain ASCII": "un ámbito es una palabra en ASCII",
    "algorithms must be some of {}; {} is not": "los algoritmos deben ser algunos de {0}; {1:t} no lo es",
    "client_id is missing, or has characters that cannot be read": "falta client_id, o tiene caracteres ilegibles",
    "has a query, which no issuer has": "tiene una consulta, que ningún emisor tiene",
    "has parameters of its own that are ours to set: {}": ("tiene parámetros propios que nos corresponde fijar: {0}"),
    "is missing": "falta",
    "is no URL in plain ASCII of at most {} characters: {}": (
        "no es una URL en ASCII de {0} caracteres como máximo: {1}"
    ),
    "is no URL: {}": "no es una URL: {0}",
    "it advertises no algorithm for ID tokens that is accepted here": (
        "no anuncia ningún algoritmo para ID tokens que se acepte aquí"
    ),
    "it does not say that it knows PKCE with S256; it is used all the same": (
        "no dice que conozca PKCE con S256; se usa de todos modos"
    ),
    "it takes neither client_secret_basic nor private_key_jwt at its token endpoint": (
        "no acepta client_secret_basic ni private_key_jwt en su dirección de tokens"
    ),
    "max_age is a time from 0 seconds on": "max_age es un tiempo desde 0 segundos",
    "must begin with https://: {}": "debe empezar por https://: {0}",
    "must name a host, and have neither user, password nor fragment: {}": (
        "debe indicar un servidor, y no tener usuario, contraseña ni fragmento: {0}"
    ),
    "skew is at most {} seconds": "skew es de {0} segundos como máximo",
    "subject_claims must name claims, each once; sub as a rule": (
        "subject_claims debe indicar atributos, cada uno una vez; por lo general sub"
    ),
    "the document is that of {}, not of {}": "el documento es de {0}, no de {1}",
    "userinfo_endpoint is missing, although claims of userinfo are wanted": (
        "falta userinfo_endpoint, aunque se quieren atributos de userinfo"
    ),
    "{} can change hands and is never a subject; use sub": ("{0} puede cambiar de manos y nunca es un sujeto; use sub"),
    "a name comes twice": "un nombre viene dos veces",
    "a number is too large": "un número es demasiado grande",
    "it is no object": "no es un objeto",
    "it is too deep": "tiene demasiados niveles",
    "{} is no number": "{0} no es un número",
    "the key set has no list of keys, or more than {}": (
        "el conjunto de claves no tiene una lista de claves, o tiene más de {0}"
    ),
    "the key set has no usable key: RSA of 2,048 bits or more, or EC": (
        "el conjunto de claves no tiene ninguna clave utilizable: RSA de 2.048 bits o más, o EC"
    ),
    "the provider has no key {}": "el proveedor no tiene ninguna clave {0:t}",
    "the token does not say which of several keys has signed it": ("el token no dice cuál de varias claves lo firmó"),
    "a logout token must not have a nonce": "un token de cierre de sesión no debe tener nonce",
    "a parameter comes twice": "un parámetro viene dos veces",
    "events does not say that this is a back-channel logout": (
        "events no dice que sea un cierre de sesión por canal directo"
    ),
    "iss is {}, not {}": "iss es {0}, no {1}",
    "jti is no text of 1 to {} characters": "jti no es un texto de 1 a {0} caracteres",
    "neither sub nor sid says whose session ends": "ni sub ni sid dicen qué sesión termina",
    "state is not that of the logout": "state no es el del cierre de sesión",
    "typ is {}, not logout+jwt": "typ es {0}, no logout+jwt",
    "alg {} is not allowed on this connection": "alg {0} no se permite en esta conexión",
    "aud is missing, or no text and no list of texts": "falta aud, o no es un texto ni una lista de textos",
    "aud is {}, not {}": "aud es {0}, no {1}",
    "azp is {}, not {}": "azp es {0}, no {1}",
    "exp was {}": "exp era {0}",
    "iat is {}": "iat es {0}",
    "iat is {}, more than ten minutes ago": "iat es {0}, hace más de diez minutos",
    "iat or exp is missing": "falta iat o exp",
    "issued {}, by our clock it is {}": "emitido el {0}; según nuestro reloj es el {1}",
    "it is too long": "es demasiado largo",
    "kid is no text": "kid no es un texto",
    "nbf is {}": "nbf es {0}",
    "the provider's key {} does not verify the signature": "la clave {0} del proveedor no verifica la firma",
    "the signature is none": "la firma no es válida",
    "the token insists on extensions that are not known": "el token exige extensiones desconocidas",
    "the token is no signed JWT": "el token no es un JWT firmado",
    "the token's {} is no Base64 of a JSON object: {}": (
        "la parte {0} del token no es Base64 de un objeto JSON: {1:t}"
    ),
    "verified by the key {}": "verificado con la clave {0}",
    "{} is no time in seconds since 1970": "{0} no es un tiempo en segundos desde 1970",
    "{}; by our clock it is {}": "{0:t}; según nuestro reloj es el {1}",
}
PARTS = {
    "for {}": "para {0}",
    "with the kid {}": "con el kid {0}",
    "none": "ninguno",
}
