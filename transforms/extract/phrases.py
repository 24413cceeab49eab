"""The few words that the repairs know: how promotions, credits and bylines begin, and what boxes are called.

Words are the last resort: most repairs go by where a line stands and how much of it is links. Those here are set
phrases of news pages in English, German, French, Spanish, Italian, Portuguese, Dutch, Polish, the Nordic languages,
Turkish, Russian, Japanese, Chinese and Arabic.
"""

import re
from typing import Final

SENTENCE_END: Final = re.compile(r"[.!?…。！？؟।][\"'”’»«“)\]]*$")  # noqa: RUF001
"""How a sentence ends, also in Chinese, Japanese, Arabic and Hindi."""

INNER_SENTENCE_END: Final = re.compile(r"[.!?…]+[\"'”’»)]*\s+(?=\S)")  # noqa: RUF001
"""A sentence's end with more behind it."""

_PROMO_STARTS: Final = r"""
      (?: read | see | hear | find | learn | watch | view ) \s (?: more | also | next | the\ full | all )
    | more \s (?: on | from | about | stories ) | also \s read | don.t \s miss
    | related (?: \s (?: articles | stories | topics | content | coverage | reading ) )? (?: : | $ )
    | you \s (?: may | might ) \s (?: also )? \s? (?: like | be \s interested )
    | recommended | trending | popular (?: $ | \s on ) | most \s (?: read | popular ) | editor.s \s picks?
    | advertisement | sponsored | story \s continues | continue \s reading | scroll \s (?: down | to )
    | (?: click | tap ) \s here | sign \s (?: up | in ) | subscribe | follow \s (?: us | him | her | them ) | like \s us
    | join \s (?: us | our | the \s conversation ) | share \s (?: this | on | your ) | download \s (?: the | our )
    | get \s (?: the | our | your | unlimited | full | breaking ) | enter \s your \s e-?mail
    | tell \s us \s what \s you \s think | (?: leave \s (?: a | your ) \s | view \s | \d+ \s )? comments? $
    | (?: filed \s under | posted \s in | tagged ) \b | send \s us \s your
    | support \s (?: us \b | our \s (?: work | journalism ) )
    | (?: this \s is \s a \s )? (?: breaking | developing ) \s (?: new \s | news \s )? story
    | listen \s (?: to | here | : | on )
    | lesen \s sie \s (?: auch | hier | mehr | dazu | weiter ) | lies \s auch
    | mehr \s (?: themen | artikel | zum \s thema | zur \b | dazu | zu \b | aus | von )
    | folg(?: e \s uns | st \s du ) \b
    | hat \s (?: ihnen | dir ) \s (?: der | dieser ) \s (?: artikel | beitrag | text )
    | unterstützen \s sie | schreiben \s sie \s uns | diskutieren \s sie \s mit | kommentare? $
    | auch \s interessant | das \s könnte \s (?: sie | dich ) | zum \s thema | meistgelesen | anzeige $ | werbung $
    | weitere \s (?: aktuelle \s )? (?: artikel | nachrichten | meldungen | themen | infos | informationen | beiträge )
    | (?: next | previous ) \s (?: post | article | story )
    | (?: nächste[rn]? | vorherige[rn]? ) \s (?: artikel | beitrag )
    | article \s (?: suivant | précédent )
    | (?: artículo | artigo | articolo ) \s (?: siguiente | anterior | successivo )
    | jetzt \s (?: abonnieren | anmelden | lesen | testen | kostenlos )
    | hier \s (?: klicken | abonnieren | anmelden | geht | finden \s sie )
    | abonnieren \s sie | folgen \s sie | melden \s sie \s sich | newsletter | dieses \s thema \s im \s programm
    | empfohlener \s (?: redaktioneller | externer ) | aktuelle \s (?: meldungen | nachrichten )
    | (?: à \s )? lire \s (?: aussi | également | la \s suite ) | [àa] \s (?: lire | voir | découvrir ) | voir \s aussi
    | sur \s le \s même \s (?: sujet | thème ) | abonnez | inscrivez | suivez | publicité | recevez | téléchargez
    | lee \s (?: también | además | más ) | (?: le | te ) \s puede \s interesar | leer \s más | vea \s también
    | ver \s más | te \s recomendamos | noticias? \s relacionad | suscríb | síguenos | publicidad | regístr
    | mira \s también | también \s (?: lee | te )
    | leggi \s anche | potrebbe \s interessarti | iscriviti | abbonati | seguici | pubblicità $
    | leia \s (?: também | mais ) | veja \s também | lees \s (?: ook | meer ) | meer \s over
    | läs \s (?: också | mer | även ) | les \s (?: også | mer ) | læs \s (?: også | mere ) | lue \s (?: myös | lisää )
    | prenumerera | följ \s oss | følg \s oss | annons $ | annonse $
    | czytaj \s (?: też | także | więcej | również ) | zobacz \s (?: też | także | również )
    | przeczytaj \s (?: też | także ) | polub \s nas | obserwuj \s nas | reklama $
    | volg \s ons | schrijf \s je \s in | advertentie $ | word \s (?: lid | abonnee )
    | segui \s (?: ci | la | il | i \s nostri ) \b | condividi | clique \s aqui | siga \s (?: o | a | nos ) \b
    | assine \b | receba \b | compartilhe | inscreva-se
    | comparte \b | sigue \s (?: leyendo | nuestr ) | haz \s clic | haga \s clic | únete \b | descarga \b
    | bunlar \s da | ayrıca \s (?: bak | oku ) | haberin \s devamı | abone \s ol | reklam $
    | читайте \s (?: также | ещё )
    | 関連記事 | あわせて読みたい | 続きを読む | 相关(?: 阅读 | 新闻 | 报道 ) | 延伸阅读
    | اقرأ \s أيضا | اشترك \b
"""  # noqa: RUF001
PROMO: Final = re.compile(
    rf"""
    ^ (?: {_PROMO_STARTS} )
    | newsletter .{{0,40}} (?: sign | subscrib | abonn | anmeld | inscri | suscri )
    | (?: sign \s up | subscribe | abonnieren | anmelden | inscrivez | abonnez | suscr[íi]b ) .{{0,60}} newsletter
    | affiliate [ -]? links?
    | contribut(?: ed | ing ) \s to \s this \s (?: report | story | article )
    | (?: follow | reach ) \s .{{2,40}} \s (?: on | at ) \s
      (?: twitter | x\b | facebook | instagram | linkedin | google | bluesky | youtube | http | @ )
    | ^ .{{0,60}} (?: abonniere | suscríbete | abonnez-vous | subscribe )
      .{{0,80}} (?: whatsapp | telegram | kanal | canal | channel )
    | ^ \[ /? \w+ [ \w]* (?: link | url | id | type ) = .{{0,300}} \]
    | all \s rights \s reserved | alle \s rechte \s vorbehalten | tous \s droits \s réservés | derechos \s reservados
    | cookies? .{{0,80}} (?: accept | akzept | consent | einwillig | einverstand | zustimm )
    | (?: supported | enabled? ) \s javascript | javascript \s (?: is | to | aktiv | enable )
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""What asks the reader to read, follow, sign up for or buy something else."""

CREDIT: Final = re.compile(
    r"""
    ^ [\[(]? \s*
    (?: © | \(c\)\s | copyright | photos?\b | images?\s*[:/] | foto(?: s | graf\w* )?\s*[:/(\[]
      | (?: titel | symbol | header | aufmacher )?bild(?: er | quelle | rechte )?\s*:
      | video\s*: | illustration\s*: | grafik\s*: | text\s*: | redaktion\s*: | faktencheck\s*: | crédits? | credits?\b
      | quellen? (?: nangaben )? \s*: | sources?\s*: | fuentes?\s*: | mit\ material | \(?mit\ agentur | von\ dpa
      | (?: written | reported | reporting | edited | editing | additional\ reporting | compiled )\ by
      | translat | übersetzung
      | aus\ dem\ (?: engl | franz | span | ital | russ | amerik )
      | propos\ recueillis | avec\ (?: afp | reuters | ap )\b
      | con\ información | write\ to\ | e-?mail\s*: | contact\b.{0,50}@ | tags?\s*: | stichw | schlagw | themen\s*:
      | 责任编辑 | 责编 | 编辑 \s* [:\uff1a] | 来源 \s* [:\uff1a] | 記者 \s* [:\uff1a] | ©
      | erstveröff | stand\s*: | updated | published | last\ modified | veröffentlicht
    )
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""How lines below a text begin that say who made it and when."""

SIGNATURE: Final = re.compile(
    r"^(?:[\w .]{2,40} )?[(\[][^()\[\]]{1,60}[)\]]$|^[\w/]{2,5}$|^[\w.]{1,6}(?:/[\w.-]{2,12}){1,3}$"
)
"""Initials or an agency below a text, in brackets or with strokes."""

BYLINE: Final = re.compile(
    r"""
      \b (?: 19 | 20 ) \d\d \b | \b \d\d? [:.h] \d\d \b | \b \d\d? [./-] \d\d? [./-] \d\d (?: \d\d )? \b
    | \b (?: \d+ | one | two ) [ -] (?: min | minutes? | minuten | minutos? | minuti ) \b
    | ^ (?: by | von | par | por | di | door | av | af | text | foto | photo | autor | auteur | author
          | published | updated | veröffentlicht | publié | publicado ) \b
    | \b (?: reading\ time | lesezeit | lesedauer | temps\ de\ lecture | tempo\ de\ leitura | tiempo\ de\ lectura )
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""What tells a line above a text from the text: who wrote it, when, and how long it takes to read."""

DEK_CLASS: Final = re.compile(
    r"""
    \b (?: dek | standfirst | stand-first | sub-?(?: head | title | headline | deck )\w* | lead | lede | leadin
         | lead-?text | teaser-?text | intro\w* | summary | chapo | chapeau | entradilla | bajada | sumario | vorspann
         | vorlauf | abstract | excerpt | description | strapline | kurztext | einleitung | ingress\w* | inleiding
         | occhiello | sommario | catenaccio | linha-?fina | gancho | spot | zajawka | manchet(?: te)? ) \b
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""What elements with a dek are called."""

CAPTION_CLASS: Final = re.compile(
    r"""
    caption | credit | legende | bildtext | bildunter | image-?desc | image-?text | photo-?(?: text | desc | by )
    | copyright | media-?(?: info | rights )
    | (?: ^ | [-_\ ] ) (?: image | photo | picture | bild | foto ) (?: $ | [-_\ ] )
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""What elements with a caption are called."""

BOX_CLASS: Final = re.compile(
    r"""
    info-?box | fact-?box | fm-box | promo | newsletter | related | teaser | author | autor | popular | recommend
    | read-?more | more-?(?: on | from ) | collection | widget | sidebar | sign-?up | subscri | banner | sponsor | embed
    | tweet | twitter | social | share | aside | audio | podcast | video | gallery | poll | comment | disclaimer
    | disclosure | paywall | premium | registration | modal | overlay | tool | rating | series | dossier | insert
    | callout | pull-?quote | notice | footer | cta | link-?list | app-?bottom
    | (?: ^ | [-_\ ] ) (?: box | bio | card | ads? ) (?: $ | [-_\ ] )
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""What elements beside the text are called."""
