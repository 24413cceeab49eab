"""Words that tell what a name is: titles, heads of organisations and places, common given names.

Closed classes of English and French, written for newsbeam from general knowledge of the two languages.
"""

# ruff: noqa: RUF001 - quotation marks and dashes as newspapers print them

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


TITLES: Final = _set(
    "Mr Mr. Mrs Mrs. Ms Ms. Miss Dr Dr. Prof Prof. Professor Sir Dame Lord Lady Rev Rev. Reverend Sen Sen. Senator "
    "Rep Rep. Representative Congressman Congresswoman Gov Gov. Governor President Vice-President Premier Chancellor "
    "Minister Secretary Ambassador Mayor Judge Justice Gen Gen. General Lt. Lt Col Col. Colonel Maj. Major Capt. "
    "Captain Sgt. Sergeant Admiral Adm. Commander Officer Detective Inspector Chief King Queen Prince Princess Pope "
    "Cardinal Archbishop Bishop Father Brother Sister Saint Coach M. Mme Mlle Me Monsieur Madame Mademoiselle Dr. "
    "Docteur Maître Général Colonel Capitaine Président Présidente Ministre Sénateur Sénatrice Député Maire Pape"
)
"""Words before the name of a person."""

# Of these only what comes before a person alone: "President" and "General" begin names of organisations too.
PERSON_ONLY_TITLES: Final = _set(
    "Mr Mr. Mrs Mrs. Ms Ms. Dr Dr. Sen Sen. Senator Rep. Gov. Congressman Congresswoman Prof. Professor Sir Dame Rev. "
    "Lt. Col. Maj. Capt. Sgt. Mme Mlle M. Monsieur"
)

ORGANISATION_HEADS: Final = _set(
    "University College School Academy Institute Institution Party Council Committee Commission Congress Senate "
    "Parliament Assembly Ministry Department Agency Bureau Office Authority Administration Association Society "
    "Federation Confederation Union League Alliance Foundation Trust Fund Bank Group Company Corporation Corp Corp. "
    "Inc Inc. Ltd Ltd. LLC PLC plc Co. Co GmbH AG SA Holdings Partners Industries Technologies Systems Motors "
    "Airlines Airways Records Studios Pictures Entertainment Television Radio Broadcasting Network News Times Post "
    "Herald Tribune Gazette Journal Chronicle Observer Telegraph Guardian Press Publishing Court Tribunal Police Army "
    "Navy Brigade Regiment Battalion Division Corps Squadron Club FC F.C. United Rovers Orchestra Choir Church "
    "Hospital Ministers Board Chamber Team Service Services Force Forces Organization Organisation Laboratory "
    "Laboratories Université Institut Ministère Commission Conseil Assemblée Sénat Fédération Syndicat Parti Banque "
    "Société Groupe Compagnie Agence Tribunal Cour Association Fondation Orchestre A.F.C. AFC"
)
"""Last words (first words in French) of organisations."""

FACILITY_HEADS: Final = _set(
    "Airport Bridge Stadium Arena Park Tower Street Avenue Road Highway Boulevard Lane Square Plaza Palace Castle "
    "Cathedral Museum Library Theatre Theater Station Tunnel Harbour Harbor Dam Building Prison Pier Market Gardens "
    "Zoo Estate Dock"
)
"""Last words of buildings and roads."""

PLACE_HEADS: Final = _set(
    "River Lake Sea Ocean Bay Gulf Island Islands Peninsula Mountain Mountains Mount Hill Hills Valley Desert Forest "
    "Beach Creek Cape Canyon Coast County Province District State Township Parish City Village Town Region Prefecture "
    "Canal Pond Reservoir Junction"
)
"""Last words of places."""

PLACE_OPENERS: Final = _set("Lake Mount Cape Fort Port Gulf Camp River")
"""First words of places."""

EVENT_HEADS: Final = _set(
    "War Wars Battle Revolution Cup Olympics Games Championship Championships Festival Award Awards Prize Marathon "
    "Tournament Open Expo Convention Trophy Prix Tour Uprising Treaty Massacre Earthquake Hurricane Campaign"
)
"""Last words of events and prizes."""

COLLECTIVES: Final = _set("administration campaign presidency family regime")
"""Words after the name of a person: "the Trump administration"."""

GIVEN_NAMES: Final = _set(
    "Aaron Abdul Adam Adrian Ahmed Alan Albert Alejandro Alex Alexander Alexandra Alexis Alfred Ali Alice Alison "
    "Allan Allen Amanda Amy Ana Anders Andrea Andreas Andrew Andy Angela Anita Ann Anna Anne Annie Anthony Antoine "
    "Anton Antonio Arnold Arthur Barbara Barack Barry Ben Benjamin Bernard Bernie Beth Betty Bill Billy Bob Bobby "
    "Boris Brad Brandon Brenda Brian Bruce Bryan Camille Carl Carla Carlos Carol Caroline Casey Catherine Cathy "
    "Charles Charlie Charlotte Chloe Chris Christian Christina Christine Christopher Chuck Claire Claude Claudia "
    "Colin Craig Cristina Dan Daniel Daniela Danny Dave David Dean Deborah Denis Dennis Derek Diana Diane Diego "
    "Dmitri Dmitry Dominic Don Donald Donna Doris Dorothy Doug Douglas Duncan Dylan Ed Eddie Edgar Edith Eduardo "
    "Edward Edwin Elaine Eleanor Elena Elisabeth Elizabeth Ella Ellen Emily Emma Emmanuel Enrique Eric Erica Erik "
    "Ernest Eugene Eva Evelyn Fatima Felix Fernando Fiona Florence Frances Francesco Francis Francisco Franck Frank "
    "Fred Frederick Gabriel Gareth Gary Gavin Geoffrey George Georges Gerald Gerard Gerhard Gilbert Gina Giorgio "
    "Giovanni Giuseppe Glenn Gloria Gordon Grace Graham Greg Gregory Guillaume Gustav Hans Harold Harry Hassan "
    "Heather Hector Heinrich Helen Helena Henri Henry Herbert Hillary Howard Hugh Hugo Ian Ibrahim Igor Ingrid Irene "
    "Isaac Isabel Isabelle Ivan Jack Jackie Jacob Jacques Jaime Jake James Jamie Jan Jane Janet Jared Jason Javier "
    "Jay Jean Jeff Jeffrey Jennifer Jenny Jeremy Jerome Jerry Jesse Jessica Jill Jim Jimmy Joan Joanna Joe Joel Johan "
    "Johannes John Johnny Jon Jonathan Jorge Jose José Josef Joseph Josh Joshua Juan Judith Judy Julia Julian Julie "
    "Juliette Justin Karen Karim Karl Kate Katherine Kathleen Kathryn Kathy Katie Keith Kelly Ken Kenneth Kevin Kim "
    "Kurt Kyle Larry Laura Lauren Laurent Lawrence Leo Leon Leonard Leslie Lewis Liam Linda Lisa Liz Lloyd Louis "
    "Louise Luc Lucas Lucy Luis Luke Lynn Madeleine Manuel Marc Marcel Marco Marcus Margaret Maria María Marie Mario "
    "Marion Mark Martha Martin Mary Mathieu Matt Matthew Maurice Max Megan Melanie Melissa Michael Michel Michelle "
    "Miguel Mike Mohamed Mohammad Mohammed Monica Muhammad Nancy Natalie Natasha Nathan Neil Nicholas Nick Nicolas "
    "Nicolás Nicole Nigel Nikolai Noah Oleg Oliver Olivia Olivier Omar Oscar Otto Pablo Pamela Pascal Patricia "
    "Patrick Paul Paula Pauline Pedro Peggy Penny Pete Peter Phil Philip Philippe Phillip Pierre Rachel Rafael Ralph "
    "Raul Ray Raymond Rebecca Ricardo Richard Rick Rob Robert Roberto Robin Rodney Roger Roland Ron Ronald Rosa "
    "Rosemary Ross Roy Rudolf Russell Ruth Ryan Sally Salman Sam Samantha Samuel Sandra Sara Sarah Sergei Sergey "
    "Sergio Seth Shane Sharon Shaun Shirley Simon Sofia Sophie Stanley Stefan Stella Stephanie Stephen Steve Steven "
    "Stuart Sue Susan Suzanne Sylvia Tamara Ted Teresa Terry Theodore Theresa Thierry Thomas Tim Timothy Tina Todd "
    "Tom Tommy Tony Tracy Valerie Vanessa Veronica Victor Victoria Vincent Viktor Vladimir Walter Wanda Warren Wayne "
    "Wendy Werner Will William Wolfgang Xavier Yasser Yves Yvonne Zoe"
)
"""Given names that are common in news in English and French."""

FEMALE_NAMES: Final = _set(
    "Alexandra Alexis Alice Alison Amanda Amy Ana Angela Anita Ann Anna Anne Annie Barbara Beth Betty Brenda Camille "
    "Carla Carol Caroline Catherine Cathy Charlotte Chloe Christina Christine Claire Claudia Cristina Daniela Deborah "
    "Diana Diane Donna Doris Dorothy Edith Elaine Eleanor Elena Elisabeth Elizabeth Ella Ellen Emily Emma Erica Eva "
    "Evelyn Fatima Fiona Florence Frances Gina Gloria Grace Heather Helen Helena Hillary Ingrid Irene Isabel Isabelle "
    "Jackie Jane Janet Jennifer Jenny Jessica Jill Joan Joanna Judith Judy Julia Julie Juliette Karen Kate Katherine "
    "Kathleen Kathryn Kathy Katie Laura Lauren Linda Lisa Liz Louise Lucy Lynn Madeleine Margaret Maria María Marie "
    "Marion Martha Mary Megan Melanie Melissa Michelle Monica Nancy Natalie Natasha Nicole Olivia Pamela Patricia "
    "Paula Pauline Peggy Penny Rachel Rebecca Rosa Rosemary Ruth Sally Samantha Sandra Sara Sarah Sharon Shirley "
    "Sofia Sophie Stella Stephanie Sue Susan Suzanne Sylvia Tamara Teresa Theresa Tina Tracy Valerie Vanessa Veronica "
    "Victoria Wanda Wendy Yvonne Zoe"
)
"""Those of `GIVEN_NAMES` that are women's."""

ARTICLES: Final = _set("the The a A an An THE le la les Le La Les l' L' l’ L’")
SMALL_WORDS: Final = _set("of the and for in on de du des la le les et & to at")

EVENT_OPENERS: Final = _set("Battle Siege Treaty Siège Bataille Traité")
"""First words of events, before "of"."""

_CITIES: Final = (
    "Aberdeen Adelaide Albany Albuquerque Alexandria Allentown Anchorage Antwerp Atlanta Auckland Austin Baltimore "
    "Barcelona Basel Belfast Bengaluru Bergen Berkeley Bilbao Birmingham Bologna Bombay Bonn Bordeaux Boston Bradford "
    "Brighton Brisbane Bristol Brooklyn Bruges Buffalo Calais Calcutta Calgary Cambridge Cardiff Casablanca Charlotte "
    "Chennai Chicago Christchurch Cincinnati Cleveland Cologne Columbus Coventry Dallas Damascus Darwin Denver Derby "
    "Detroit Dresden Duluth Dundee Durban Düsseldorf Edinburgh Edmonton Essen Exeter Fallujah Florence Frankfurt "
    "Geelong Geneva Genoa Ghent Glasgow Gothenburg Grenoble Guadalajara Guangzhou Halifax Hamburg Hannover Hartford "
    "Haifa Heidelberg Hiroshima Hobart Honolulu Houston Hyderabad Indianapolis Istanbul Jacksonville Jerusalem "
    "Johannesburg Kampala Karachi Kharkiv Kobe Kolkata Krakow Kyoto Lahore Lausanne Leeds Leicester Leipzig Liverpool "
    "Lyon Lyons Madras Malmö Manchester Manhattan Marseille Marseilles Medellín Melbourne Memphis Miami Milan "
    "Milwaukee Minneapolis Mississauga Mombasa Monterrey Montpellier Montreal Montréal Mumbai Munich Nagasaki Najaf "
    "Nantes Naples Nashville Newcastle Newark Nice Norwich Nottingham Nuremberg Oakland Odessa Orlando Osaka Oxford "
    "Palermo Perth Philadelphia Phoenix Pittsburgh Plymouth Portland Portsmouth Porto Poznan Providence Pune Queens "
    "Reims Rennes Richmond Rochester Rotterdam Rouen Sacramento Salzburg Samarra Seattle Seville Shanghai Sheffield "
    "Shenzhen Southampton Stalingrad Strasbourg Stuttgart Surabaya Swansea Sydney Tampa Tangier Tangiers Tikrit "
    "Toronto Toulouse Trieste Tulsa Turin Utrecht Valencia Vancouver Venice Vladivostok Winnipeg Wuhan Yokohama York "
    "Zurich Zürich Hollywood Kamchatka Oahu Maui Danube Nile Thames Rhine Volga Amazon Euphrates Tigris Gascony "
    "Picardy Saxony Brittany Antarctica Africa Asia Europe Scandinavia Balkans Caucasus Himalayas Alps Pyrenees Andes "
    "Sahara Mediterranean Pacific Atlantic Arctic Mars"
)
_ORGANISATIONS: Final = (
    "NATO UNESCO UNICEF OPEC NASA FBI CIA IMF WTO WHO EU UN BBC CNN NBC ABC CBS PBS NPR HBO MTV ESPN Reuters AFP AP "
    "FIFA UEFA NFL NBA MLB NHL NASCAR IOC IBM HSBC UBS BP Shell Exxon ExxonMobil Chevron Total Enron Boeing Airbus "
    "Toyota Honda Nissan Volkswagen BMW Renault Peugeot Citroën Fiat Ferrari Tesla Uber Lyft Airbnb Google Facebook "
    "Twitter Instagram YouTube WhatsApp Snapchat TikTok Reddit Spotify Netflix Amazon.com Microsoft Apple Intel "
    "Nvidia Samsung Sony Nintendo Konami Canon Nokia Huawei Xiaomi Alibaba Tencent Walmart Tesco Ikea IKEA Starbucks "
    "McDonald's Nike Adidas Pfizer Moderna AstraZeneca Novartis Bayer Siemens Philips Nestlé Unilever Disney Pixar "
    "Greenpeace Interpol Europol Hamas Hezbollah Taliban ISIS Al-Qaeda al-Qaeda Gazprom Rosneft Lukoil Expedia eBay "
    "PayPal Wikipedia Wikileaks WikiLeaks Oxfam Amnesty Unicef Congress Senate Parliament Pentagon Kremlin Bundestag "
    "Knesset Labour Sinn"
)
_PERSONS: Final = (
    "Trump Obama Biden Clinton Bush Reagan Kennedy Nixon Putin Yeltsin Gorbachev Stalin Lenin Trotsky Hitler "
    "Mussolini Churchill Thatcher Blair Cameron Corbyn Starmer Sunak Merkel Scholz Macron Sarkozy Hollande Chirac "
    "Mitterrand Berlusconi Renzi Erdogan Erdoğan Netanyahu Zelensky Zelenskyy Modi Xi Mao Castro Chávez Chavez Maduro "
    "Bolsonaro Lula Mandela Gandhi Assad Saddam Gaddafi Mubarak Musharraf Bhutto Arafat Sharon Khamenei Rouhani "
    "Ahmadinejad Duterte Trudeau Shakespeare Mozart Beethoven Bach Darwin Einstein Newton Napoleon Jesus Freud Marx "
    "Picasso Warhol Orwell"
)
KNOWN_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    dict.fromkeys(_CITIES.split(), "GPE")
    | dict.fromkeys(_ORGANISATIONS.split(), "ORG")
    | dict.fromkeys(_PERSONS.split(), "PERSON")
)
"""Single words that news everywhere uses as names, with what they mostly are."""
