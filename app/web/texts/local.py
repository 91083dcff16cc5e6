"""What the local door says, and the page about what one has for it."""

from __future__ import annotations

TEXTS = {
    "local.title": ("Sign in without your organisation", "Iniciar sesión sin su organización"),
    "local.intro": (
        "For Account Owners, when the organisation’s own sign-in fails. All owners are told each time.",
        "Para propietarios de la cuenta, cuando falla el inicio de sesión de la organización. Se avisa siempre a todos "
        "los propietarios.",
    ),
    "local.wrong": (
        "That did not open. Check what you entered, and name your organisation if your name is used in several. After "
        "several tries it stays shut for a while; a passkey still works.",
        "No se ha podido abrir. Revise los datos e indique su organización si su nombre existe en varias. Tras varios "
        "intentos queda cerrada un rato; una llave de acceso sigue funcionando.",
    ),
    "local.name": ("User name", "Nombre de usuario"),
    "local.password": ("Password", "Contraseña"),
    "local.account": ("Organisation (if needed)", "Organización (si hace falta)"),
    "local.account.hint": (
        "Only if you have this user name in more than one organisation.",
        "Solo si tiene este nombre de usuario en más de una organización.",
    ),
    "local.forgot": ("I forgot my password", "He olvidado mi contraseña"),
    "local.other": ("Sign in with your organisation", "Iniciar sesión con su organización"),
    "local.again": ("Back to the beginning", "Volver al principio"),
    "local.code.title": ("Your second factor", "Su segundo factor"),
    "local.code": ("Code", "Código"),
    "local.code.hint": (
        "Six digits from your authenticator app, or one of your recovery codes.",
        "Seis cifras de su aplicación de autenticación o uno de sus códigos de recuperación.",
    ),
    "local.code.wrong": (
        "This code does not work, or was used already. After several tries it stays shut for a while.",
        "Este código no vale o ya se ha usado. Tras varios intentos queda cerrado un rato.",
    ),
    "local.prove.text": (
        "Enter your password and a code again, or use a passkey. You are led back afterwards.",
        "Introduzca de nuevo su contraseña y un código, o use una llave de acceso. Después volverá aquí.",
    ),
    "local.prove.code": (
        "From your authenticator app, if you have one.",
        "De su aplicación de autenticación, si la tiene.",
    ),
    "local.passkey.title": ("Passkeys", "Llaves de acceso"),
    "local.passkey.text": (
        "A passkey needs no password, cannot be guessed or given away by mistake, and works while the password is "
        "locked.",
        "Una llave de acceso no necesita contraseña, no se puede adivinar ni entregar por error y funciona aunque la "
        "contraseña esté bloqueada.",
    ),
    "local.passkey.use": ("Use a passkey", "Usar una llave de acceso"),
    "local.passkey.make": ("Make a passkey", "Crear una llave de acceso"),
    "local.passkey.name": ("Name of the passkey", "Nombre de la llave de acceso"),
    "local.passkey.name.hint": ("So that you recognise it later.", "Para reconocerla más adelante."),
    "local.passkey.failed": (
        "The passkey was not accepted, or the browser was told to stop. Try again.",
        "La llave de acceso no se ha aceptado o se ha cancelado en el navegador. Inténtelo de nuevo.",
    ),
    "local.app.title": ("Authenticator app", "Aplicación de autenticación"),
    "local.app.text": (
        "Scan this code with an authenticator app, then enter the six digits that it shows.",
        "Escanee este código con una aplicación de autenticación e introduzca las seis cifras que muestra.",
    ),
    "local.app.link": ("Open in an authenticator app", "Abrir en una aplicación de autenticación"),
    "local.app.secret": ("Or type this secret:", "O escriba esta clave:"),
    "local.app.code": ("Six digits", "Seis cifras"),
    "local.app.wrong": (
        "These are not the digits that the app shows now. Check the clock of your telephone.",
        "No son las cifras que muestra ahora la aplicación. Revise la hora de su teléfono.",
    ),
    "local.app.use": ("Use this app", "Usar esta aplicación"),
    "local.enrol.title": ("Add a second factor", "Añada un segundo factor"),
    "local.enrol.text": (
        "Your password was right. Your account also requires a second factor, so choose one now.",
        "La contraseña es correcta. Su cuenta exige además un segundo factor; elija uno ahora.",
    ),
    "local.codes.title": ("Recovery codes", "Códigos de recuperación"),
    "local.codes.text": (
        "Each of these works once instead of your second factor. Print them or keep them where you will find them "
        "without this device. They are not shown again.",
        "Cada uno sirve una vez en lugar de su segundo factor. Imprímalos o guárdelos donde los encuentre sin este "
        "dispositivo. No se volverán a mostrar.",
    ),
    "local.codes.kept": ("I have kept them", "Los he guardado"),
    "local.open.title": ("Choose your password", "Elija su contraseña"),
    "local.open.activate": (
        "For {user_name} in {account}. What you had before, a password or a second factor, ends.",
        "Para {user_name} en {account}. La contraseña y el segundo factor anteriores dejan de valer.",
    ),
    "local.open.reset": ("For {user_name} in {account}.", "Para {user_name} en {account}."),
    "local.open.code": (
        "Your second factor is asked for next.",
        "Después se le pedirá su segundo factor.",
    ),
    "local.new": ("New password", "Contraseña nueva"),
    "local.new.hint": (
        "At least 12 characters; several words are best.",
        "Al menos 12 caracteres; mejor varias palabras.",
    ),
    "local.new.weak": (
        "This password is too short, too long or easily guessed. Choose another one, such as four words that do not "
        "belong together.",
        "Esta contraseña es demasiado corta, demasiado larga o fácil de adivinar. Elija otra, por ejemplo cuatro "
        "palabras sin relación.",
    ),
    "local.new.again": ("The same again", "Repítala"),
    "local.new.differs": ("The two are different.", "Las dos no coinciden."),
    "local.reset.title": ("Forgotten password", "Contraseña olvidada"),
    "local.reset.text": (
        "If you may sign in here, we send you a link to choose another password.",
        "Si puede iniciar sesión aquí, le enviaremos un enlace para elegir otra contraseña.",
    ),
    "local.reset.asked": (
        "If there is somebody of that name, a mail is on its way. Its link works for an hour. If none comes, ask "
        "another Account Owner or whoever runs this service.",
        "Si existe alguien con ese nombre, recibirá un correo. Su enlace vale una hora. Si no llega, pregunte a otro "
        "propietario de la cuenta o a quien gestiona este servicio.",
    ),
    "refusal.link.title": ("This link does not work", "Este enlace no vale"),
    "refusal.link.text": (
        "It was used already, is too old, or was replaced by a later one.",
        "Ya se ha usado, ha caducado o se ha sustituido por otro posterior.",
    ),
    "refusal.link.next": (
        "Ask for another one where you got it.",
        "Pida otro donde lo obtuvo.",
    ),
    "security.title": ("Your sign-in", "Su inicio de sesión"),
    "security.text": (
        "What you need to sign in without your organisation’s identity provider.",
        "Lo que necesita para iniciar sesión sin el proveedor de identidad de su organización.",
    ),
    "security.since": ("since {at}", "desde el {at}"),
    "security.used": ("last used {at}", "usada por última vez el {at}"),
    "security.remove": ("Remove", "Quitar"),
    "security.passkey.remove": ("Remove {name}", "Quitar {name}"),
    "security.passkey.none": (
        "Passkeys need an address with a name and https, which this service does not have.",
        "Las llaves de acceso necesitan una dirección con nombre y https, que este servicio no tiene.",
    ),
    "security.app.since": ("In use since {at}.", "En uso desde el {at}."),
    "security.app.remove": ("Use no app any more", "No usar más la aplicación"),
    "security.app.other": ("Use another app", "Usar otra aplicación"),
    "security.codes.left": ("{count} of your recovery codes are left.", "Le quedan {count} códigos de recuperación."),
    "security.codes.renew": ("Make new ones", "Crear otros nuevos"),
    "security.password.since": ("Set on {at}.", "Elegida el {at}."),
    "security.password.change": ("Change the password", "Cambiar la contraseña"),
    "security.last": (
        "Not removed: it is the last second factor that is needed. Add another one first.",
        "No se ha quitado: es el último segundo factor necesario. Añada antes otro.",
    ),
    "security.done.password": (
        "Your password is changed, and your other sessions have ended.",
        "Se ha cambiado la contraseña y se han cerrado sus demás sesiones.",
    ),
    "security.done.app": ("The app is in use.", "La aplicación está en uso."),
    "security.done.app_gone": ("The app is not used any more.", "La aplicación ya no se usa."),
    "security.done.passkey": ("The passkey is in use.", "La llave de acceso está en uso."),
    "security.done.passkey_gone": ("The passkey is removed.", "Se ha quitado la llave de acceso."),
}
