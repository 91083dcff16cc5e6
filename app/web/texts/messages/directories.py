"""What directories and those who push into them are told."""

from __future__ import annotations

MESSAGES = {
    (
        "mapping rules are for groups that {} names: {}; publish a mapping without them first, whose plan shows who "
        "loses what"
    ): (
        "hay reglas de asignación para grupos que indica {0}: {1}; publique antes una asignación sin ellas, cuyo "
        "plan muestra quién pierde qué"
    ),
    "a group's name {}": "el nombre de un grupo {0:t}",
    "groups of this connection do not come from claims": (
        "los grupos de esta conexión no proceden de los atributos del inicio de sesión"
    ),
    "more than {} groups; whether these are all is not known": "más de {0} grupos; no se sabe si son todos",
    "the provider does not say": "el proveedor no lo dice",
    "the provider says that there are too many groups to name": (
        "el proveedor dice que hay demasiados grupos para nombrarlos"
    ),
    "this person's directory says in which groups they are": ("el directorio de esta persona dice en qué grupos está"),
    "a group of {} got a name that another one has at this moment; try again": (
        "un grupo de {0} recibió un nombre que otro tiene en este momento; inténtelo de nuevo"
    ),
    "name one of the directories: {}": "indique uno de los directorios: {0}",
    "no directory {}; this account has: {}": "no existe el directorio {0}; esta cuenta tiene: {1}",
    "this account already has a directory named {}": "esta cuenta ya tiene un directorio llamado {0}",
    "unknown preset {}; choose from {}": "modelo desconocido {0}; elija entre {1}",
    "{} has several groups of one name: {}; rename or delete all but one of each first": (
        "{0} tiene varios grupos con el mismo nombre: {1}; cambie el nombre o elimine todos menos uno de cada"
    ),
    "{} is no repair switched on or off, nor {}; choose from {}": (
        "{0} no es una adaptación que se active o desactive, ni {1}; elija entre {2}"
    ),
    "a directory decides who is there at all; only an Account Owner has to do with it": (
        "un directorio decide quién existe; solo se ocupa de ello un propietario de la cuenta"
    ),
    "nothing is pushed into {}, so it stays as it is": "nada se envía a {0}, así que se queda como está",
    "sign-ins by {} look for people in {}; change that first": (
        "los inicios de sesión por {0} buscan personas en {1}; cambie eso antes"
    ),
    (
        "{} still has {} people and {} groups: let the identity provider remove them first, so that everybody loses "
        "what they have by it in the way that is expected; pause it meanwhile"
    ): (
        "{0} tiene aún {1} personas y {2} grupos: deje que el proveedor de identidad los quite antes, para que cada "
        "uno pierda lo que tiene por él de la forma esperada; entretanto, póngalo en pausa"
    ),
    '"{}" is {}, who has signed in before and was switched off here; switch them on, or delete them, first': (
        "«{0}» es {1}, que inició sesión antes y fue desactivado aquí; actívelo, o elimínelo, antes"
    ),
    'another user of this directory already has "{}"': "otro usuario de este directorio ya tiene «{0}»",
    'several people who have signed in have "{}" ({}); remove the identity links of all but the right one': (
        "varias personas que han iniciado sesión tienen «{0}» ({1}); quite los vínculos de identidad de todas menos "
        "la correcta"
    ),
    'another group of this directory already has "{}"': "otro grupo de este directorio ya tiene «{0}»",
    "the {} is in version {} now; read it again": "{0:t} está ahora en la versión {1}; léalo de nuevo",
    "the {} was changed by somebody else; read it again": "otra persona modificó {0:t}; léalo de nuevo",
    "a user or group was deleted at the same moment; leave it out": (
        "se eliminó un usuario o un grupo en ese mismo momento; no lo incluya"
    ),
    'no user or group with id "{}" in this directory; provision it first': (
        "no hay ningún usuario ni grupo con id «{0}» en este directorio; aprovisiónelo antes"
    ),
    '"{}" is a path, and belongs into "path"': "«{0}» es una ruta, y va en «path»",
    '"{}" needs the URN of its extension': "«{0}» necesita el URN de su extensión",
    "a colon follows the URN of a schema": "tras el URN de un esquema van dos puntos",
    "compares with true or false, not with text": "se compara con true o false, no con un texto",
    "is read-only; leave it out": "es de solo lectura; no lo incluya",
    "is required": "es obligatorio",
    "lacks {}, of which there is data": "falta {0}, del que hay datos",
    "must be true or false, not text": "debe ser true o false, no un texto",
    "must be {}, not {}": "debe ser {0}, no {1}",
    "remove takes no value; choose members in the path": "remove no lleva valor; elija los miembros en la ruta",
    "{} is no schema here": "{0} no es aquí un esquema",
    '{}; "{}" is not repaired in this directory': "{0:t}; «{1}» no se adapta en este directorio",
    "A dot follows the extension's URN.": "Al URN de la extensión le sigue un punto.",
    "A filter names the manager without the extension's URN.": (
        "Un filtro nombra al responsable sin el URN de la extensión."
    ),
    "A rename repeats the group's own id inside the value.": (
        "Un cambio de nombre repite el id del propio grupo dentro del valor."
    ),
    "A role is the text of a JSON object.": "Un rol es el texto de un objeto JSON.",
    "Accepted; a wrong list is refused.": "Se acepta; una lista incorrecta se rechaza.",
    "Any other SCIM 2.0 client": "Cualquier otro cliente SCIM 2.0",
    "Booleans are the texts True and False.": "Los valores booleanos son los textos True y False.",
    "Extension data whose URN is missing in schemas, client meta, nulls and empty lists.": (
        "Datos de extensiones cuyo URN falta en schemas, meta del cliente, nulos y listas vacías."
    ),
    "Filters are written as username Eq.": "Los filtros se escriben como username Eq.",
    "Keys of a PATCH value without path are paths: name.givenName, URN:employeeNumber.": (
        "Las claves de un valor de PATCH sin ruta son rutas: name.givenName, URN:employeeNumber."
    ),
    "Makes the entry that the filter describes; several such operations build one entry.": (
        "Crea la entrada que describe el filtro; varias operaciones así construyen una entrada."
    ),
    "Members have neither type nor $ref.": "Los miembros no tienen type ni $ref.",
    "Membership is replaced without a path, by an object with members.": (
        "Los miembros se sustituyen sin ruta, con un objeto que contiene members."
    ),
    "Microsoft Entra ID, with the aadOptscim062020 flag": "Microsoft Entra ID, con el indicador aadOptscim062020",
    "Microsoft Entra ID, without the flag": "Microsoft Entra ID, sin el indicador",
    "Names and operators have no case.": "No se distinguen mayúsculas en nombres y operadores.",
    "Okta, app from the integration catalogue": "Okta, aplicación del catálogo de integraciones",
    "Okta, app made with the App Integration Wizard": "Okta, aplicación creada con el asistente de integraciones",
    "PATCH operations are named Add, Replace, Remove.": "Las operaciones de PATCH se llaman Add, Replace, Remove.",
    "PATCH sends one value of a multi-valued attribute instead of a list, also without a path.": (
        "PATCH envía un valor de un atributo de varios valores en lugar de una lista, también sin ruta."
    ),
    "PATCH without schemas, as Java clients send it.": "PATCH sin schemas, como lo envían los clientes Java.",
    "PUT repeats read-only attributes, and sends empty texts.": (
        "PUT repite atributos de solo lectura y envía textos vacíos."
    ),
    "People entered here or created at sign-in": "Personas introducidas aquí o creadas al iniciar sesión",
    "Read as a list of one.": "Se lee como una lista de uno.",
    "Read as a replacement of the members.": "Se lee como una sustitución de los miembros.",
    "Read as booleans where the schema says boolean, in bodies, PATCH values and filters.": (
        "Se leen como booleanos donde lo dice el esquema, en cuerpos, valores de PATCH y filtros."
    ),
    "Read as the colon it stands for.": "Se lee como los dos puntos que representa.",
    "Read as the extension's; whatever refers to no other resource keeps its URN.": (
        "Se lee como el de la extensión; lo que no se refiere a otro recurso conserva su URN."
    ),
    "Read as the value of manager.": "Se lee como el valor de manager.",
    "Read in any case.": "Se leen con mayúsculas o minúsculas.",
    "Read-only ones are ignored, an empty text means no value.": (
        "Los de solo lectura se ignoran; un texto vacío significa sin valor."
    ),
    "Remove of members with a list of values.": "Remove de members con una lista de valores.",
    "Removes those members only.": "Quita solo esos miembros.",
    "Resolved as paths.": "Se resuelven como rutas.",
    "The data is taken, the rest ignored; schemas is computed.": (
        "Se toman los datos y se ignora lo demás; schemas se calcula."
    ),
    "The manager is sent as its bare id, or as a list of one.": (
        "El responsable se envía como su id sin más, o como una lista de uno."
    ),
    "The object inside is read.": "Se lee el objeto que contiene.",
    "The same id is accepted, another is refused.": "Se acepta el mismo id; otro se rechaza.",
    "The store knows them.": "Los conoce el almacén.",
    "Unknown URNs are ignored.": "Los URN desconocidos se ignoran.",
    "schemas starts with the URN of SCIM 1.0.": "schemas empieza con el URN de SCIM 1.0.",
    'Add or Replace of emails[type eq "work"].value where there is no such entry.': (
        'Add o Replace de emails[type eq "work"].value donde no hay esa entrada.'
    ),
    "{} groups{}": "{0} grupos{1:t}",
}
PARTS = {
    "{}; by them mapping gives only the roles of this connection's list": (
        "{0:t}; por ellos la asignación solo da los roles de la lista de esta conexión"
    ),
    "{} and {} more": "{0} y {1} más",
    "User": "el usuario",
    "Group": "el grupo",
}
