"""What somebody is told who was not let in, or for whom there is nothing here: never why, always what to do next."""

from __future__ import annotations

TEXTS = {
    "refusal.reference": ("Reference", "Referencia"),
    "refusal.again": ("Sign in again", "Iniciar sesión de nuevo"),
    "refusal.home": ("To the sign-in page", "Ir a la página de inicio de sesión"),
    "refusal.own": ("To your own page", "Ir a su página"),
    "refusal.signin.title": ("We could not sign you in", "No hemos podido iniciar su sesión"),
    "refusal.signin.text": (
        "Your organisation’s answer did not let us sign you in. Nothing was changed.",
        "La respuesta de su organización no nos permite iniciar su sesión. No se ha cambiado nada.",
    ),
    "refusal.signin.next": (
        "Try once more. If it happens again, send the reference below to whoever administers sign-in in your "
        "organisation: with it, they can see the reason.",
        "Inténtelo una vez más. Si vuelve a ocurrir, envíe la referencia a quien administra el inicio de sesión en su "
        "organización: con ella podrá ver el motivo.",
    ),
    "refusal.start.title": ("This sign-in is not available", "Este inicio de sesión no está disponible"),
    "refusal.start.text": (
        "It could not be begun: it is switched off, not set up completely, or the link is out of date. Your "
        "organisation was not asked, and nothing was changed.",
        "No se ha podido iniciar: está desactivado, no está configurado del todo o el enlace ha caducado. No se ha "
        "preguntado a su organización ni se ha cambiado nada.",
    ),
    "refusal.start.next": (
        "Begin at the sign-in page. If it happens again, send the reference below to whoever administers sign-in in "
        "your organisation: with it, they can see the reason.",
        "Empiece en la página de inicio de sesión. Si vuelve a ocurrir, envíe la referencia a quien administra el "
        "inicio de sesión en su organización: con ella podrá ver el motivo.",
    ),
    "refusal.expired.title": ("This sign-in took too long", "Este inicio de sesión ha tardado demasiado"),
    "refusal.expired.text": (
        "It was begun too long ago, was used already, or began in another browser. Nothing was changed.",
        "Se inició hace demasiado tiempo, ya se utilizó o empezó en otro navegador. No se ha cambiado nada.",
    ),
    "refusal.expired.next": (
        "Begin again, and stay in one browser window until you are back here.",
        "Empiece de nuevo y use la misma ventana del navegador hasta volver aquí.",
    ),
    "refusal.provider.title": (
        "Your organisation’s sign-in does not answer",
        "El inicio de sesión de su organización no responde",
    ),
    "refusal.provider.text": (
        "We asked it and got no answer that we can use. This is usually over within minutes.",
        "Le hemos preguntado y no ha dado una respuesta válida. Suele resolverse en pocos minutos.",
    ),
    "refusal.provider.next": (
        "Wait a moment and try again. If it goes on, send the reference below to your organisation’s administrator.",
        "Espere un momento e inténtelo de nuevo. Si continúa, envíe la referencia al administrador de su organización.",
    ),
    "refusal.administrator.title": ("The console is for administrators", "La consola es para administradores"),
    "refusal.administrator.text": (
        "You are signed in, but administer nothing in this account. Nothing was changed.",
        "Ha iniciado sesión, pero no administra nada en esta cuenta. No se ha cambiado nada.",
    ),
    "refusal.administrator.next": (
        "What you may do stands on the page about your access. An Account Owner can give you more.",
        "Lo que puede hacer está en la página sobre su acceso. Un propietario de la cuenta puede darle más.",
    ),
    "refusal.begin.title": ("This link is not good any more", "Este enlace ya no es válido"),
    "refusal.begin.text": (
        "It is out of date, or somebody has made the first account already. Nothing was changed.",
        "Ha caducado o alguien ya ha creado la primera cuenta. No se ha cambiado nada.",
    ),
    "refusal.begin.next": (
        "Whoever runs this installation makes another one: muster begin.",
        "Quien gestiona esta instalación puede crear otro: muster begin.",
    ),
    "refusal.form.title": ("This page is out of date", "Esta página ha caducado"),
    "refusal.form.text": (
        "The form was open for too long, or was not sent from here. Nothing was changed.",
        "El formulario llevaba demasiado tiempo abierto o no se envió desde aquí. No se ha cambiado nada.",
    ),
    "refusal.form.next": (
        "Go back, reload the page, and send the form again. Your browser has to accept cookies from here.",
        "Vuelva atrás, recargue la página y envíe de nuevo el formulario. Su navegador debe aceptar nuestras cookies.",
    ),
    "refusal.client.title": ("This link cannot be right", "Este enlace no es correcto"),
    "refusal.client.text": (
        "The application that sent you here is not known to us, or asks for something that it must not. Nothing was "
        "changed.",
        "No conocemos la aplicación que le ha enviado aquí, o pide algo que no debe. No se ha cambiado nada.",
    ),
    "refusal.client.next": (
        "Open the application again and begin anew. If it happens again, send the reference below to whoever runs it.",
        "Abra de nuevo la aplicación y vuelva a empezar. Si se repite, envíe la referencia a quien la administra.",
    ),
    "refusal.owner.title": (
        "Only Account Owners can open this",
        "Solo los propietarios de la cuenta pueden abrir esto",
    ),
    "refusal.owner.text": (
        "You are signed in, but this page is for people who manage your organisation’s account.",
        "Ha iniciado sesión, pero esta página es para quienes gestionan la cuenta de su organización.",
    ),
    "refusal.owner.next": (
        "If you need it for your work, ask one of the owners whom your own page names.",
        "Si la necesita para su trabajo, pida ayuda a uno de los propietarios que indica su página.",
    ),
    "refusal.http404.title": ("There is nothing here", "Aquí no hay nada"),
    "refusal.http404.text": (
        "The address is mistyped, or what was here is gone.",
        "La dirección está mal escrita o lo que había aquí ya no existe.",
    ),
    "refusal.http404.next": (
        "Check the address, or go on from here.",
        "Compruebe la dirección o continúe desde aquí.",
    ),
    "refusal.http405.title": ("That cannot be done here", "Eso no se puede hacer aquí"),
    "refusal.http405.text": (
        "This address is part of a sign-in or a form, and cannot be opened like this.",
        "Esta dirección forma parte de un inicio de sesión o de un formulario y no se puede abrir así.",
    ),
    "refusal.http405.next": ("Go on from here.", "Continúe desde aquí."),
    "refusal.http413.title": ("That is too large", "Es demasiado grande"),
    "refusal.http413.text": (
        "What was sent is larger than what we accept here. Nothing was changed.",
        "Lo enviado supera el tamaño que aceptamos aquí. No se ha cambiado nada.",
    ),
    "refusal.http413.next": ("Go back and send less.", "Vuelva atrás y envíe menos."),
    "refusal.http421.title": ("This is not the right address", "Esta no es la dirección correcta"),
    "refusal.http421.text": (
        "You reached us by a name that is not ours.",
        "Ha llegado a nosotros por un nombre que no es el nuestro.",
    ),
    "refusal.http421.next": ("Our address is {address}.", "Nuestra dirección es {address}."),
    "refusal.http429.title": ("Please wait a moment", "Espere un momento"),
    "refusal.http429.text": (
        "There were very many tries from your network in a short time.",
        "Ha habido muchos intentos desde su red en poco tiempo.",
    ),
    "refusal.http429.next": ("Try again in a minute.", "Inténtelo de nuevo dentro de un minuto."),
    "refusal.http4xx.title": ("That did not work", "No ha funcionado"),
    "refusal.http4xx.text": (
        "We could not make sense of what was sent. Nothing was changed.",
        "No hemos podido interpretar lo enviado. No se ha cambiado nada.",
    ),
    "refusal.http4xx.next": (
        "Begin again at the sign-in page. If it goes on, tell your administrator the reference below.",
        "Empiece de nuevo en la página de inicio de sesión. Si continúa, indique la referencia a su administrador.",
    ),
    "refusal.http500.title": ("Something went wrong on our side", "Algo ha fallado por nuestra parte"),
    "refusal.http500.text": (
        "It was written down under the reference below. Nothing was changed.",
        "Ha quedado registrado con la referencia siguiente. No se ha cambiado nada.",
    ),
    "refusal.http500.next": (
        "Try again in a few minutes. If it goes on, tell your administrator the reference.",
        "Inténtelo de nuevo en unos minutos. Si continúa, indique la referencia a su administrador.",
    ),
}
