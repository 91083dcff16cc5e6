"""What SCIM's filters, bodies and paths are told."""

from __future__ import annotations

MESSAGES = {
    '"{}" names no resource; write it like /Users/2819c223': (
        "«{0}» no indica ningún recurso; escríbalo como /Users/2819c223"
    ),
    "POST goes to /{}; the server makes the id": "POST se envía a /{0}; el id lo pone el servidor",
    "is required for POST": "es obligatorio para POST",
    'no operation of this request creates "{}"': "ninguna operación de esta petición crea «{0}»",
    'the operation "{}", which this one refers to, has failed': (
        "ha fallado la operación «{0}», a la que esta se refiere"
    ),
    "these operations refer to each other more than {} times; send fewer at once": (
        "estas operaciones se refieren unas a otras más de {0} veces; envíe menos a la vez"
    ),
    "{} needs an id, as in /{}/2819c223": "{0} necesita un id, como en /{1}/2819c223",
    '"{}" is given twice; each names one operation': "«{0}» se indica dos veces; cada uno nombra una operación",
    "method and path are required": "method y path son obligatorios",
    "must be a list": "debe ser una lista",
    'must be a list that contains "{}"': "debe ser una lista que contenga «{0}»",
    "must be a whole number above 0": "debe ser un número entero mayor que 0",
    "must be text": "debe ser un texto",
    "{} in one request; send {} at most": "{0} en una petición; envíe como máximo {1}",
    "it was good for {} seconds; begin again with an empty one": (
        "valía durante {0} segundos; empiece de nuevo con uno vacío"
    ),
    "send an empty one for the first page, then nextCursor as it came, with the same filter and order": (
        "envíe uno vacío para la primera página y después nextCursor tal como llegó, con el mismo filtro y orden"
    ),
    "/Me is not offered: a directory's token is no person's; see /Users": (
        "/Me no se ofrece: el token de un directorio no es de ninguna persona; véase /Users"
    ),
    "must be {}": "debe ser {0}",
    "there is no such endpoint; see /ResourceTypes": "no existe esa dirección; véase /ResourceTypes",
    "this endpoint cannot be searched; leave the filter out": (
        "en esta dirección no se puede buscar; no incluya el filtro"
    ),
    "{} is not offered here; there is {}": "{0} no se ofrece aquí; existen {1}",
    "send the body as it is, not compressed": "envíe el cuerpo tal como es, sin comprimir",
    "the body has {} bytes or more; send less at once": "el cuerpo tiene {0} bytes o más; envíe menos a la vez",
    "a bracket within a bracket": "un corchete dentro de otro",
    "a comparison with a bracket needs a sub-attribute": "una comparación con corchete necesita un subatributo",
    "a sub-attribute before a bracket": "un subatributo antes de un corchete",
    "longer than {} characters; ask for less at once": "más de {0} caracteres; pida menos a la vez",
    "more than {} terms; ask in several requests": "más de {0} términos; pregunte en varias peticiones",
    "nested deeper than {} levels": "más de {0} niveles de anidamiento",
    '"{}" is no attribute of {}; see /Schemas': "«{0}» no es un atributo de {1}; véase /Schemas",
    '"{}" is no attribute of {}; {}': "«{0}» no es un atributo de {1}; {2:t}",
    '"{}" is no sub-attribute of {}; see /Schemas': "«{0}» no es un subatributo de {1}; véase /Schemas",
    "a whole schema can only be asked for with pr": "por un esquema entero solo se puede preguntar con pr",
    "brackets within brackets are not allowed": "no se permiten corchetes dentro de corchetes",
    "did you mean {}?": "¿quería decir {0:t}?",
    "schemas can be compared with eq, ne, co, sw and ew": "schemas se puede comparar con eq, ne, co, sw y ew",
    'several extensions have "{}"; did you mean {}?': "varias extensiones tienen «{0}»; ¿quería decir {1:t}?",
    "{} cannot be searched": "no se puede buscar por {0}",
    "{} has parts; compare one of them: {}": "{0} tiene partes; compare una de ellas: {1}",
    "{} is {} and has no order; {} does not apply": "{0} es {1} y no tiene orden; {2} no se le aplica",
    "{} is {}, not text; {} does not apply": "{0} es {1}, no un texto; {2} no se le aplica",
    "the body contains a NUL character": "el cuerpo contiene un carácter NUL",
    "the body gives a key twice in one object": "el cuerpo da una clave dos veces en un objeto",
    "the body has more than {} objects and lists; send less at once": (
        "el cuerpo tiene más de {0} objetos y listas; envíe menos a la vez"
    ),
    "the body is empty; send a JSON object": "el cuerpo está vacío; envíe un objeto JSON",
    "the body is nested deeper than {} levels": "el cuerpo tiene más de {0} niveles de anidamiento",
    "the body is not valid JSON in UTF-8, or nested deeper than {} levels": (
        "el cuerpo no es JSON válido en UTF-8, o tiene más de {0} niveles de anidamiento"
    ),
    "the body must be a JSON object": "el cuerpo debe ser un objeto JSON",
    "{}a field is given twice under names that differ in case only": (
        "{0}un campo se da dos veces con nombres que solo difieren en mayúsculas"
    ),
    "not a dateTime": "no es una fecha y hora",
    "all operations up to here compare too many values; split the request": (
        "las operaciones hasta aquí comparan demasiados valores; divida la petición"
    ),
    "is read-only": "es de solo lectura",
    "is read-only; change the groups' members instead": "es de solo lectura; cambie los miembros de los grupos",
    "is required and cannot be removed": "es obligatorio y no se puede quitar",
    "is {} and cannot be removed": "es {0} y no se puede quitar",
    "more than {}; split the request": "más de {0}; divida la petición",
    "must be a list of one operation or more": "debe ser una lista de una operación o más",
    "operation {} ({})": "operación {0} ({1})",
    "operation {}: must be an object": "operación {0}: debe ser un objeto",
    "operation {}: op must be add, replace or remove": "operación {0}: op debe ser add, replace o remove",
    "operation {}: path must be text": "operación {0}: path debe ser un texto",
    "operation {}: {}": "operación {0}: {1:t}",
    "remove needs a path": "remove necesita una ruta",
    "remove needs the path of an attribute": "remove necesita la ruta de un atributo",
    "{} needs a value": "{0} necesita un valor",
    "{} without a path needs an object of attributes as its value": (
        "{0} sin ruta necesita como valor un objeto de atributos"
    ),
    "is immutable; remove the member and add another": "es inmutable; quite el miembro y añada otro",
    "no member fits the condition": "ningún miembro cumple la condición",
    "the condition in brackets can ask for value and type, not for $ref": (
        "la condición entre corchetes puede preguntar por value y type, no por $ref"
    ),
    '"{}" has a single simple value; leave the brackets out': ("«{0}» tiene un único valor simple; no ponga corchetes"),
    "brackets follow an attribute, a sub-attribute follows the brackets": (
        "los corchetes van tras un atributo, y un subatributo tras los corchetes"
    ),
    "longer than {} characters": "más de {0} caracteres",
    "the condition in brackets is wrong; {}": "la condición entre corchetes es incorrecta; {0:t}",
    "is immutable once it is set": "es inmutable una vez fijado",
    "is required and cannot be removed; replace it": "es obligatorio y no se puede quitar; sustitúyalo",
    "is required; its last value cannot be removed": "es obligatorio; no se puede quitar su último valor",
    "is required; send a value that is not blank": "es obligatorio; envíe un valor que no esté en blanco",
    "its value does not fit the condition in the path": "su valor no cumple la condición de la ruta",
    "more than one value would become primary; mark one at most": (
        "más de un valor pasaría a ser principal; marque uno como máximo"
    ),
    "no value fits the condition in the path": "ningún valor cumple la condición de la ruta",
    "would have more than {} values": "tendría más de {0} valores",
    "attributes, excludedAttributes: send one of them, not both": (
        "attributes, excludedAttributes: envíe uno de los dos, no ambos"
    ),
    '"{}" is nothing that {} can be sorted by': "«{0}» no es algo por lo que se pueda ordenar {1}",
    "has more than {} names": "tiene más de {0} nombres",
    "must be a list of attribute names": "debe ser una lista de nombres de atributos",
    "must be a whole number": "debe ser un número entero",
    "must be ascending or descending": "debe ser ascending o descending",
    "{} [request {}]": "{0:t} [petición {1}]",
    'each element needs the id of a resource as "value"': ("cada elemento necesita como «value» el id de un recurso"),
    "is immutable; send the value it has, or leave it out": ("es inmutable; envíe el valor que tiene, o no lo incluya"),
    "the account's schema extensions are being changed; send the request again": (
        "se están cambiando las extensiones de esquema de la cuenta; envíe la petición de nuevo"
    ),
    "this extension is required": "esta extensión es obligatoria",
    "the body has more than {} bytes; send less at once": "el cuerpo tiene más de {0} bytes; envíe menos a la vez",
    "given twice under names that differ in case only": ("se da dos veces con nombres que solo difieren en mayúsculas"),
    "must be a list of objects": "debe ser una lista de objetos",
    "must stay {}, as on the first page": "debe seguir siendo {0}, como en la primera página",
    "the resource has another version now; read it again": "el recurso tiene ahora otra versión; léalo de nuevo",
    "the resource is in a version that this excludes": "el recurso está en una versión que esto excluye",
    "there is no {} with this id in this directory": "no existe {0:t} con este id en este directorio",
    "contains a NUL character": "contiene un carácter NUL",
    "contains half a surrogate pair": "contiene medio par sustituto",
    "has more than {} values": "tiene más de {0} valores",
    "is longer than {} bytes": "ocupa más de {0} bytes",
    "more than one value is primary; mark one at most": "más de un valor es principal; marque uno como máximo",
    "must be true or false": "debe ser true o false",
    'not a valid SCIM filter; write it as in userName eq "a@example.com"': (
        'no es un filtro SCIM válido; escríbalo como en userName eq "a@example.com"'
    ),
    'malformed; write it as in emails[type eq "work"].value': (
        'mal formada; escríbala como en emails[type eq "work"].value'
    ),
}
PARTS = {
    "an object": "un objeto",
    "a boolean": "un valor booleano",
    "a dateTime such as 2024-05-01T12:00:00Z": "una fecha y hora como 2024-05-01T12:00:00Z",
    "a list": "una lista",
    "a number": "un número",
    "a whole number of 64 bits": "un número entero de 64 bits",
    "base64 text": "un texto en base64",
    "something else": "otra cosa",
}
