"""What the account's own settings, and what only owners decide about, say."""

from __future__ import annotations

MESSAGES = {
    "ask for a role, or say what is wrong": "pida un rol, o diga qué es incorrecto",
    "choose one of them": "elija una de las opciones",
    "requests are answered by Account Owners": "las solicitudes las responden los propietarios de la cuenta",
    "say in at most {} characters what it is about": "diga en un máximo de {0} caracteres de qué se trata",
    "say whether it was done or declined": "diga si se hizo o se rechazó",
    "say which role": "diga qué rol",
    "say why, briefly": "diga brevemente por qué",
    "say why, in at most {} characters": "diga por qué, en un máximo de {0} caracteres",
    "there is no request {} in this account": "no existe la solicitud {0} en esta cuenta",
    "this request was answered or taken back meanwhile": "esta solicitud se respondió o se retiró entretanto",
    "{} requests of yours wait for an answer already": "ya hay {0} solicitudes suyas que esperan respuesta",
    (
        "a person only lets more need a second Account Owner, else one alone could do without; less is for the "
        "operator (`muster mapping settings`), or a program by a key that no person issued lately"
    ): (
        "una persona solo puede exigir un segundo propietario de la cuenta para más cosas, ya que si no uno solo "
        "podría prescindir de él; menos lo decide el operador (`muster mapping settings`), o un programa con una "
        "clave que ninguna persona haya emitido hace poco"
    ),
    "an account needs one": "una cuenta necesita uno",
    "only an Account Owner changes the settings of the account": (
        "solo un propietario de la cuenta cambia los ajustes de la cuenta"
    ),
    (
        "published rules make Account Owners: {}; end them, or pause each of them (`muster mapping pause ACCOUNT "
        "--rule RULE`), and switch it off then"
    ): (
        "hay reglas publicadas que nombran propietarios de la cuenta: {0}; termínelas, o ponga cada una en pausa "
        "(`muster mapping pause ACCOUNT --rule RULE`), y desactívelo después"
    ),
    "there is already an account named {}": "ya existe una cuenta llamada {0}",
    "an account needs a name": "una cuenta necesita un nombre",
    "no account {}; there are: {}": "no existe la cuenta {0}; existen: {1:t}",
    "none, make one with `muster account create`": "ninguna, cree una con `muster account create`",
    "only an Account Owner takes something out of the hands of a file": (
        "solo un propietario de la cuenta quita algo de las manos de un archivo"
    ),
    "the default roles belong to no file": "los roles predeterminados no son de ningún archivo",
    "the {} {} belongs to no file": "{0:t} {1} no es de ningún archivo",
    (
        "the {} {} is managed by code{}: change it in the file and apply that, or release it: muster release ACCOUNT "
        "{} {}"
    ): (
        "{0:t} {1} se gestiona por código{2:t}: cámbielo en el archivo y aplíquelo, o libérelo: muster release "
        "ACCOUNT {3} {4}"
    ),
    "there is no {} {}": "no existe {0:t} {1}",
    (
        "which roles people get by default is managed by code ({}): change it there and apply the file, or release "
        "it: muster release ACCOUNT default_roles"
    ): (
        "qué roles se reciben de forma predeterminada se gestiona por código ({0:t}): cámbielo allí y aplique el "
        "archivo, o libérelo: muster release ACCOUNT default_roles"
    ),
    "default role for people made by hand": "rol predeterminado para personas creadas a mano",
    "only an Account Owner says which roles people get by default": (
        "solo un propietario de la cuenta decide qué roles se reciben de forma predeterminada"
    ),
    "{} is given to single persons by hand, never by default": (
        "{0} se da a personas concretas a mano, nunca de forma predeterminada"
    ),
    "the last active Account Owner; what the directory asked for was left out": (
        "el último propietario activo de la cuenta; no se hizo lo que pedía el directorio"
    ),
    "no user {} in this account at {}; name who has gone since by their id": (
        "no existía el usuario {0} en esta cuenta el {1}; a quien ya no está indíquelo por su id"
    ),
    "the journal begins at {}; there is nothing before it to forget": (
        "el registro empieza el {0}; antes no hay nada que olvidar"
    ),
    "the past of this account is kept since {}; ask about that or later": (
        "el pasado de esta cuenta se guarda desde el {0}; pregunte por ese momento o uno posterior"
    ),
    "{} is in the future; ask about a moment in the past": (
        "{0} está en el futuro; pregunte por un momento del pasado"
    ),
    "{} is in the future; name a moment in the past": "{0} está en el futuro; indique un momento del pasado",
    "a view needs a name of at most {} characters": "una vista necesita un nombre de {0} caracteres como máximo",
    "at most {} views of a list can be kept; forget one first": (
        "se pueden guardar como máximo {0} vistas de una lista; olvide una antes"
    ),
    "there is a view of the name {} already": "ya existe una vista con el nombre {0}",
    "there is no view {} of yours": "no tiene ninguna vista {0}",
    "this asks too much of the list to be kept": "esto pide demasiado a la lista para poder guardarlo",
    (
        "an Account Owner does who is nobody's making since then, or the operator publishes at the server's command "
        "line (`muster mapping publish`, `muster apply`)"
    ): (
        "lo hace un propietario de la cuenta al que nadie haya nombrado desde entonces, o publica el operador en la "
        "línea de comandos del servidor (`muster mapping publish`, `muster apply`)"
    ),
    "{} has the owner role by no grant of their own; {}": (
        "{0} no tiene el rol de propietario por una asignación propia; {1:t}"
    ),
    "{} is an Account Owner by role mapping since {} UTC, and may approve after {} days; until then {}": (
        "{0} es propietario de la cuenta por la asignación de roles desde el {1} UTC, y puede aprobar después de {2} "
        "días; hasta entonces {3:t}"
    ),
    (
        "{} is an Account Owner since {} UTC only, after {} was begun; another owner approves it, who was one "
        "before, or the operator publishes at the server's command line"
    ): (
        "{0} es propietario de la cuenta solo desde el {1} UTC, después de que empezara {2}; lo aprueba otro "
        "propietario que ya lo fuera antes, o publica el operador en la línea de comandos del servidor"
    ),
    "a separation of duties needs one": "una separación de funciones necesita uno",
    "an account has at most {} separations of duties": ("una cuenta tiene como máximo {0} separaciones de funciones"),
    "name 2 to {} permissions that belong apart": "indique de 2 a {0} permisos que deben estar separados",
    "only an Account Owner says which duties belong apart": (
        "solo un propietario de la cuenta dice qué funciones deben estar separadas"
    ),
    "the catalogue has no permission {}; name single permissions, not nodes above them": (
        "el catálogo no tiene el permiso {0}; indique permisos concretos, no nodos por encima de ellos"
    ),
    "there is already a separation of duties named {}": "ya existe una separación de funciones llamada {0}",
    "there is no separation of duties {}": "no existe la separación de funciones {0}",
    "an owner came in by the local door at {} UTC": "un propietario entró por la puerta local el {0} UTC",
    "an owner must have a password with a second factor, or a passkey": (
        "un propietario debe tener una contraseña con un segundo factor, o una llave de acceso"
    ),
    "an owner must have signed in at the local door within the last {} days": (
        "un propietario debe haber iniciado sesión en la puerta local en los últimos {0} días"
    ),
    "came in through a connection at {} UTC": "entró por una conexión el {0} UTC",
    "can sign in without the identity provider: {}": "pueden iniciar sesión sin el proveedor de identidad: {0}",
    "must be between 1 and {}": "debe estar entre 1 y {0}",
    "no Account Owner can sign in without the identity provider; invite one: muster door invite": (
        "ningún propietario de la cuenta puede iniciar sesión sin el proveedor de identidad; invite a uno: muster "
        "door invite"
    ),
    "no connection is switched on": "no hay ninguna conexión activada",
    "only one Account Owner can sign in without the identity provider; invite another one": (
        "solo un propietario de la cuenta puede iniciar sesión sin el proveedor de identidad; invite a otro"
    ),
    "recovered by the operator": "recuperado por el operador",
    "signing in by the identity provider cannot be required yet: {}": (
        "aún no se puede exigir el inicio de sesión con el proveedor de identidad: {0:t}"
    ),
    "the Account Owner who requires it must have signed in through a connection within the last hour": (
        "el propietario de la cuenta que lo exige debe haber iniciado sesión por una conexión en la última hora"
    ),
    "the account has no active owner of its own; make one: muster owner create": (
        "la cuenta no tiene un propietario activo propio; cree uno: muster owner create"
    ),
    "you may not {}; an Account Owner may": "no puede {0:t}; sí puede un propietario de la cuenta",
    "{} connections are switched on": "hay {0} conexiones activadas",
    "{} is no Account Owner": "{0} no es propietario de la cuenta",
    "{}; who came in by such a connection writes or approves it at the local door, or {}": (
        "{0:t}; quien entró por una conexión así lo escribe o aprueba en la puerta local, o {1:t}"
    ),
    "people ask in their own name": "cada persona pide en su propio nombre",
    "what is asked of a list is the query of its address": (
        "lo que se pide a una lista es la consulta de su dirección"
    ),
    "no list {} is kept; there are: {}": "no se guarda la lista {0}; existen: {1}",
    "no query of an address": "no es la consulta de una dirección",
    "views are kept and forgotten by whose they are": "cada persona guarda y olvida sus propias vistas",
    "role mapping gives {} (by {}), and it would say something else about {}": (
        "la asignación de roles da {0} (por {1:t}), y diría otra cosa sobre {2:t}"
    ),
    "privileged, and would be so no longer, or be gone": "privilegiado, y ya no lo sería o dejaría de existir",
    "{} is marked as privileged, and its mark would be taken off": (
        "{0} está marcado como privilegiado, y se le quitaría la marca"
    ),
    (
        "{}; no person does that alone, else nobody would have to approve what mapping gives; a second Account Owner "
        "agrees to a configuration file that says it, or the operator does it at the server's command line"
    ): (
        "{0:t}; ninguna persona hace eso sola, ya que si no nadie tendría que aprobar lo que da la asignación; un "
        "segundo propietario de la cuenta acepta un archivo de configuración que lo diga, o lo hace el operador en "
        "la línea de comandos del servidor"
    ),
    (
        "{}; no person does that alone, else nobody would have to approve what mapping gives; the platform does it by "
        "a key that no person issued lately, or the operator at the server's command line"
    ): (
        "{0:t}; ninguna persona hace eso sola, ya que si no nadie tendría que aprobar lo que da la asignación; lo hace "
        "la plataforma con una clave que ninguna persona haya emitido hace poco, o el operador en la línea de comandos "
        "del servidor"
    ),
    "{} would be the permission for {}, which is {} at present": "{0} sería el permiso para {1}, que ahora es {2}",
}
PARTS = {
    "business unit": "la unidad de negocio",
    "default roles": "los roles predeterminados",
    "mapping rule": "la regla de asignación",
    "separation of duties": "la separación de funciones",
    "{}, applied on {} by {}": "{0}, aplicado el {1} por {2}",
    "change how people sign in": "cambiar cómo inician sesión las personas",
    "let people sign in without the identity provider": "permitir iniciar sesión sin el proveedor de identidad",
    "require the identity provider": "exigir el proveedor de identidad",
    "see how people sign in": "ver cómo inician sesión las personas",
    (
        "{} and {}, who is behind {}, are no two people in this: {} made, invited or changed one of them, or the "
        "connection by which one came in, within the last {} days"
    ): (
        "{0} y {1}, tras quien está {2}, no son dos personas en esto: {3} creó, invitó o modificó a una de ellas, o "
        "la conexión por la que entró una, en los últimos {4} días"
    ),
    "{} before {} was begun, or since": "{0:t} antes de que empezara {1}, o desde entonces",
    "role": "el rol",
}
