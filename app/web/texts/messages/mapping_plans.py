"""What drafts, plans, approvals and the health of the role mapping say."""

from __future__ import annotations

MESSAGES = {
    "nobody approves what they wrote or planned themselves; another Account Owner does": (
        "nadie aprueba lo que ha escrito o planificado; lo hace otro propietario de la cuenta"
    ),
    "only a person {}s a plan: an Account Owner, named by Muster-Actor or --as": (
        "solo una persona decide sobre un plan: un propietario de la cuenta, indicado con Muster-Actor o --as"
    ),
    "this plan is {}; only an open one is decided about": (
        "este plan está en estado {0}; solo se decide sobre uno abierto"
    ),
    "{} was changed since it was planned; plan it again": (
        "{0} se modificó desde que se planificó; planifíquelo de nuevo"
    ),
    "list them to see those there are": "vea la lista de los que existen",
    "must be an object with a list of rules, each an object": (
        "debe ser un objeto con una lista de reglas, cada una un objeto"
    ),
    "must have 1 to {} characters": "debe tener de 1 a {0} caracteres",
    "several drafts have this title; name its id": "varios borradores tienen este título; indique su id",
    "there is no draft {}: {}": "no existe el borrador {0}: {1:t}",
    (
        "{} began from revision {}, and revision {} was published since, which it would take back; rebase it and "
        "plan it then (`muster mapping draft rebase`, POST /mapping/drafts/{}/rebase)"
    ): (
        "{0} partió de la revisión {1}, y desde entonces se publicó la revisión {2}, que desharía; actualícelo sobre "
        "ella y planifíquelo después (`muster mapping draft rebase`, POST /mapping/drafts/{3}/rebase)"
    ),
    "{} was changed by {} since (version {}); read it again": (
        "{0} fue modificado por {1} entretanto (versión {2}); léalo de nuevo"
    ),
    "{} was changed meanwhile; read it again": "{0} se modificó entretanto; léalo de nuevo",
    "all that {} gives, its {} by {}, too": "todo lo que da {0}, lo tienen sus personas ({1:t}) también por {2}",
    "declare the attribute again, or change the filter; what several extensions have needs its URN": (
        "declare de nuevo el atributo, o cambie el filtro; lo que tienen varias extensiones necesita su URN"
    ),
    "end the rule or pause it, or switch `maps_owner` on; no plan that leaves it as it is can be made": (
        "termine la regla o póngala en pausa, o active `maps_owner`; no se puede hacer ningún plan que la deje como "
        "está"
    ),
    "end the rule, or find out why nobody is there any more": (
        "termine la regla, o averigüe por qué ya no hay nadie ahí"
    ),
    "end the rule, or re-bind it to the group that has come in its place": (
        "termine la regla, o vincúlela de nuevo al grupo que ha venido en su lugar"
    ),
    "is it meant for all of them? If so, the role of a business unit says it more simply": (
        "¿es para todas ellas? Entonces el rol de una unidad de negocio lo dice de forma más sencilla"
    ),
    "it has ended at {}": "terminó el {0}",
    "its group is gone": "su grupo ya no existe",
    'its pattern "{}" fits no group': "su patrón «{0}» no encaja con ningún grupo",
    "keep one of them": "conserve una de ellas",
    "look at `muster mapping orphans`: {} may have come in its place": (
        "mire `muster mapping orphans`: puede que {0} haya venido en su lugar"
    ),
    (
        "look at what it would give (`muster mapping release`), and publish that; or rename the group, or change the "
        "pattern"
    ): ("mire qué daría (`muster mapping release`) y publíquelo; o cambie el nombre del grupo, o el patrón"),
    "name the one group that it is meant for": "indique el único grupo al que se destina",
    "nobody fulfils all its conditions at once": "nadie cumple todas sus condiciones a la vez",
    'nobody is in "{}"': "no hay nadie en «{0}»",
    "nobody is in the groups that its pattern fits": "no hay nadie en los grupos con los que encaja su patrón",
    "nobody satisfies its filter ({})": "nadie cumple su filtro ({0})",
    "the rule has ended: take it out, or give it a later time": (
        "la regla ha terminado: quítela, o dele un fin posterior"
    ),
    "without the rule nobody would lose anything today; end it if it has no other purpose": (
        "sin la regla nadie perdería nada hoy; termínela si no tiene otro propósito"
    ),
    "{} and {} have the same condition and give the same": "{0} y {1} tienen la misma condición y dan lo mismo",
    "{} gives and takes nothing: its filter is understood no more ({})": (
        "{0} no da ni quita nada: su filtro ya no se entiende ({1})"
    ),
    '{} gives nobody anything new by "{}", which came since the last publish: {}': (
        "{0} no da nada nuevo a nadie por «{1}», que llegó después de la última publicación: {2:t}"
    ),
    "{} gives nobody anything: {}": "{0} no da nada a nadie: {1:t}",
    '{} gives nothing: its group "{}" is gone since {}': "{0} no da nada: su grupo «{1}» no existe desde {2}",
    "{} gives something to {} % of the active people, {} of {}": (
        "{0} da algo al {1} % de las personas activas, {2} de {3}"
    ),
    (
        "{} gives {}, which is privileged, by {}: whoever names groups or writes profiles in the identity provider "
        "decides who has it"
    ): (
        "{0} da {1}, que es privilegiado, por {2:t}: quien nombra grupos o escribe perfiles en el proveedor de "
        "identidad decide quién lo tiene"
    ),
    "{} makes Account Owners, though rules may make none in this account": (
        "{0} nombra propietarios de la cuenta, aunque en esta cuenta las reglas no pueden nombrar ninguno"
    ),
    "by this, role mapping gives people something or takes it; only an Account Owner does that": (
        "con esto la asignación de roles da algo a personas o se lo quita; eso solo lo hace un propietario de la cuenta"
    ),
    "apply the file again, or bring it up to date first": "aplique de nuevo el archivo, o actualícelo antes",
    "ask its owner whether it is still needed": "pregunte a su responsable si aún se necesita",
    "begin with those who are named": "empiece por las que se indican",
    "let a second Account Owner look at it": "pida a un segundo propietario de la cuenta que la revise",
    "let it go on when what it was paused for is over": "reanúdela cuando haya pasado el motivo de la pausa",
    "let it go on, or end it": "reanúdela, o termínela",
    "name an active person, by userName, as its owner": (
        "indique como responsable a una persona activa, por su userName"
    ),
    "nothing anybody would notice, but the sources differ": "nada que alguien notaría, pero las fuentes difieren",
    "somebody changed the database past Muster: find out who, then publish the mapping anew": (
        "alguien modificó la base de datos sin pasar por Muster: averigüe quién, y publique la asignación de nuevo"
    ),
    "the whole mapping is paused: nobody gains or loses anything by it": (
        "toda la asignación está en pausa: nadie gana ni pierde nada por ella"
    ),
    "write rules for those that should give something; the waiting room says what their members lack": (
        "escriba reglas para los que deban dar algo; la sala de espera dice qué les falta a sus miembros"
    ),
    "{} gives roles to {}, and none of them has used one for {} days": (
        "{0} da roles a {1:t}, y nadie ha usado ninguno desde hace {2} días"
    ),
    "{} gives {}, which is privileged; nobody approved revision {}, since which it says so": (
        "{0} da {1}, que es privilegiado; nadie aprobó la revisión {2}, desde la que lo dice"
    ),
    "{} has not what the rules derive; {} would put it right": (
        "{0} no tiene lo que derivan las reglas; {1:t} lo corregiría"
    ),
    "{} is paused: who has something by it keeps that, whatever changes": (
        "{0} está en pausa: quien tiene algo por ella lo conserva, cambie lo que cambie"
    ),
    "{} not what the rules derive": "{0:t} algo distinto de lo que derivan las reglas",
    "{} with members {} covered by no rule: {}": "{0:t} con miembros sin ninguna regla: {2}",
    "{} {} is {} since the file was applied{}": "{0:t} {1}: {2:t} desde que se aplicó el archivo{3:t}",
    "it would give a privileged role that the published rule gave nobody": (
        "daría un rol privilegiado que la regla publicada no daba a nadie"
    ),
    "it would make Account Owners": "nombraría propietarios de la cuenta",
    "more people would get something by groups that nobody has seen than the account's blast radius": (
        "recibirían algo por grupos que nadie ha visto más personas que el límite de impacto de la cuenta"
    ),
    "a second owner is needed by now, because {}": "ahora hace falta un segundo propietario, porque {0:t}",
    "another revision was published since this was planned": "se publicó otra revisión desde que se planificó",
    "people or groups have changed since this was planned": ("han cambiado personas o grupos desde que se planificó"),
    "what its rules name is another group, role or business unit by now": (
        "lo que nombran sus reglas es ahora otro grupo, rol o unidad de negocio"
    ),
    "{} new, {} gone": "{0:t} nuevas, {1:t} desaparecidas",
    "nothing is held: patterns give what they say by all the groups they are for": (
        "no hay nada retenido: los patrones dan lo que dicen por todos los grupos a los que se aplican"
    ),
    "the mapping is not paused": "la asignación no está en pausa",
    "the whole mapping is paused; resume it first, or nobody would see what publishing means": (
        "toda la asignación está en pausa; reanúdela antes, o nadie vería qué supone publicar"
    ),
    "there is no plan {}": "no existe el plan {0}",
    "this plan is out of date: its draft was changed or planned again, or the account has moved on": (
        "este plan está anticuado: su borrador se modificó o se planificó de nuevo, o la cuenta ha cambiado"
    ),
    "this plan was published already, as revision {}": "este plan ya se publicó, como revisión {0}",
    "this plan was rejected by {}; change the draft and plan it again": (
        "{0} rechazó este plan; cambie el borrador y planifíquelo de nuevo"
    ),
    "{} says what is published already; there is nothing to plan": (
        "{0} dice lo que ya está publicado; no hay nada que planificar"
    ),
    "{} was changed while it was planned; plan it again": (
        "{0} se modificó mientras se planificaba; planifíquelo de nuevo"
    ),
    "Resume {}": "Reanudar {0:t}",
    "a program wrote these rules, so who approves them does not publish them; somebody else does": (
        "un programa escribió estas reglas, así que quien las aprueba no las publica; lo hace otra persona"
    ),
    "revision {}": "revisión {0}",
    "somebody else decided about this plan meanwhile": "otra persona decidió entretanto sobre este plan",
    "the mapping is paused already": "la asignación ya está en pausa",
    "there is no mapping rule {}": "no existe la regla de asignación {0}",
    "this is published already; nothing changes": "esto ya está publicado; no cambia nada",
    "{} is not paused": "{0} no está en pausa",
    "{} is paused already": "{0} ya está en pausa",
    "{} paused": "{0:t}: en pausa",
    "Restore revision {}": "Restaurar la revisión {0}",
    "there is no revision {} of the mapping": "no existe la revisión {0} de la asignación",
    "a second Account Owner is needed, since {}; {}": (
        "hace falta un segundo propietario de la cuenta, porque {0:t}; {1:t}"
    ),
    "another Account Owner than its authors approves the plan first": (
        "antes aprueba el plan un propietario de la cuenta que no sea autor"
    ),
    "it is about {}, who manages the account": "afecta a {0}, que gestiona la cuenta",
    "make a draft, plan it, and let another Account Owner approve the plan": (
        "haga un borrador, planifíquelo y pida a otro propietario de la cuenta que apruebe el plan"
    ),
    "only an Account Owner {}": "solo un propietario de la cuenta {0:t}",
    "privileged roles are concerned: {}": "afecta a roles privilegiados: {0}",
    "the access of {}, who wrote it, changes": "cambia el acceso de {0}, que lo escribió",
    (
        "this account has no second active Account Owner: make one, who then approves the plan, or let the operator "
        "publish at the server's command line (`muster mapping publish`)"
    ): (
        "esta cuenta no tiene un segundo propietario activo: nombre uno, que después apruebe el plan, o deje que el "
        "operador publique en la línea de comandos del servidor (`muster mapping publish`)"
    ),
    "{} concerned, more than {}": "afecta a {0:t}, más que {1}",
    "{}, who approved it, is no active Account Owner any more; {}": (
        "{0}, que lo aprobó, ya no es un propietario activo de la cuenta; {1:t}"
    ),
    "{} let that would give too many people something: {}": (
        "se libera algo que daría demasiado a muchas personas ({0:t}): {1}"
    ),
}
PARTS = {
    "may {} a plan": "puede decidir sobre un plan",
    "prepares role mapping": "prepara la asignación de roles",
    "a filter alone": "un filtro solo",
    "a pattern": "un patrón",
    "{} people have": "{0} personas",
    "{} person has": "{0} persona",
    "{} further people have": "{0} personas más tienen",
    "{} further person has": "{0} persona más tiene",
    "{} group": "{0} grupo",
    "{} groups": "{0} grupos",
    "{} people": "{0} personas",
    "{} person": "{0} persona",
    "{} are": "{0}",
    "{} is": "{0}",
    "{} row is": "{0} fila",
    "{} rows are": "{0} filas",
    "plans role mapping": "planifica la asignación de roles",
    "releases what is held of role mapping": "libera lo retenido de la asignación de roles",
    "resumes role mapping": "reanuda la asignación de roles",
    "pauses role mapping": "pone en pausa la asignación de roles",
    "publishes role mapping": "publica la asignación de roles",
    "the whole mapping": "toda la asignación",
    "{} people are": "{0} personas",
    "{} person is": "{0} persona",
    "gone": "ya no existe",
    "changed": "modificado",
    "{} group is": "{0} grupo",
    "{} groups are": "{0} grupos",
}
