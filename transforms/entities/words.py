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
    "Cardinal Archbishop Bishop Father Brother Sister Coach M. Mme Mlle Me Monsieur Madame Mademoiselle Docteur "
    "Maître Général Capitaine Président Présidente Ministre Sénateur Sénatrice Député Maire Pape Vice Deputy "
    "Ex-President Sens. Reps. Gov.-elect President-elect Delegate Councilman Councilwoman Councillor Councilor "
    "Councilmember Alderman Assemblyman Assemblywoman Lawmaker Treasurer Supervisor Commissioner Administrator "
    "Spokesman Spokeswoman Spokesperson Chairman Chairwoman Chairperson CEO Founder Co-founder Analyst Economist "
    "Historian Sheriff Constable Corporal Brigadier Lt.-Col. Brig. Brig.-Gen. Cmdr. Cpl. Pvt. Pte Supt "
    "Superintendent Solicitor Barrister Prosecutor Magistrate Midfielder Striker Goalkeeper Winger Quarterback "
    "Linebacker Skipper Referee Batsman Bowler Fly-half Scrum-half Actor Actress Singer Rapper Comedian Author "
    "Novelist Playwright Poet Journalist Presenter Broadcaster Photographer Architect Designer Producer Conductor "
    "Composer Pianist Guitarist Drummer Frontman Chef Scientist Researcher Astronaut Engineer Pilot Activist "
    "Dissident Tycoon Billionaire Businessman Entrepreneur Comrade Sheikh Sheik Shaykh Ayatollah Imam Mullah Maulana "
    "Rabbi Pastor Deacon Sultan Emir Emperor Empress Duchess Countess Baroness Viscount Viscountess Taoiseach "
    "Tánaiste MP MEP QC Coroner Organiser Principal Adv Adv."
)
"""Words before the name of a person."""

MENS_TITLES: Final = _set("Mr Mr. Sir Lord King Prince M. Monsieur Brother Father Congressman")
WOMENS_TITLES: Final = _set("Mrs Mrs. Ms Ms. Miss Dame Lady Queen Princess Mme Mlle Madame Mademoiselle Congresswoman")

ROLES_BEHIND: Final = _set(
    "Administrator President Secretary Minister Chairman Chairwoman CEO MP MPs MPP MEP MEPs MSP Senator Senators "
    "Governor Spokesman Spokeswoman Ambassador Players Officials Speaker"
)
"""Words behind the name of an organisation that make it someone there: "NASA Administrator"."""

NICKNAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        short: full
        for full, names in {
            "Alexander": "Alex Sandy",
            "Alfred": "Alf Alfie",
            "Andrew": "Andy Drew",
            "Anthony": "Tony",
            "Benjamin": "Ben Benny",
            "Bernard": "Bernie",
            "Catherine": "Cathy Kate",
            "Charles": "Charlie Chuck",
            "Christopher": "Chris",
            "Daniel": "Dan Danny",
            "David": "Dave",
            "Deborah": "Debbie Deb",
            "Donald": "Don Donnie",
            "Edward": "Ed Eddie Ted",
            "Elizabeth": "Liz Beth Betty",
            "Frederick": "Fred Freddie",
            "Gerald": "Gerry Jerry",
            "Gregory": "Greg",
            "Jacob": "Jake",
            "James": "Jim Jimmy Jamie",
            "Jeffrey": "Jeff",
            "Jennifer": "Jen Jenny",
            "John": "Jack Johnny",
            "Jonathan": "Jon",
            "Joseph": "Joe Joey",
            "Joshua": "Josh",
            "Katherine": "Kathy Katie",
            "Kenneth": "Ken Kenny",
            "Lawrence": "Larry",
            "Leonard": "Len Lenny",
            "Margaret": "Maggie Peggy",
            "Matthew": "Matt",
            "Michael": "Mike Mick Mickey",
            "Nathaniel": "Nat Nate",
            "Nicholas": "Nick",
            "Patricia": "Pat Patsy Patty Tricia",
            "Peter": "Pete",
            "Philip": "Phil",
            "Raymond": "Ray",
            "Rebecca": "Becky",
            "Richard": "Rick Dick Rich Richie",
            "Robert": "Bob Bobby Rob Robbie Bert",
            "Ronald": "Ron Ronnie",
            "Samuel": "Sam Sammy",
            "Stephen": "Steve",
            "Steven": "Steve",
            "Susan": "Sue Susie",
            "Thomas": "Tom Tommy",
            "Timothy": "Tim",
            "Victoria": "Vicky",
            "Vincent": "Vince",
            "Walter": "Walt",
            "William": "Bill Billy Will Willy",
            "Zachary": "Zach Zack",
        }.items()
        for short in names.split()
    }
)
"""Short forms of given names in English."""

CALLED_BY_TITLE: Final = _set("King Queen Prince Princess Pope Sultan Emir Emperor Empress Pape")
"""Titles that are part of a name of one word: Pope Francis."""

COMPANY_ENDS: Final = _set(
    "Inc Inc. Incorporated Corp Corp. Corporation Co Co. Company Ltd Ltd. Limited LLC LLP LP L.P. PLC plc Plc GmbH "
    "AG SA S.A. SE NV N.V. BV B.V. AB ASA Oyj SpA S.p.A. KG Pty Sons Associates Partners Brothers Bros Bros. Jr Jr. "
    "Sr Sr. II III IV MD M.D. PhD Ph.D. Esq. QC KC PC"
)
"""What may stand behind a comma in one name: "Brightwater, Inc."."""

# Of these only what comes before a person alone: "President" and "General" begin names of organisations too.
PERSON_ONLY_TITLES: Final = _set(
    "Mr Mr. Mrs Mrs. Ms Ms. Dr Dr. Sen Sen. Senator Rep. Gov. Congressman Congresswoman Prof. Professor Sir Dame "
    "Rev. Lt. Col. Maj. Capt. Sgt. Mme Mlle M. Monsieur Sens. Reps. Miss Councilman Councilwoman Councillor Alderman "
    "Assemblyman Assemblywoman Spokesman Spokeswoman Chairman Chairwoman Sheriff Goalkeeper Midfielder Striker Actor "
    "Actress Singer Rapper Comedian Novelist Ayatollah Rabbi Baroness Duchess Lord Lady Princess Prince Cardinal "
    "Archbishop Detective Inspector Sergeant Gen."
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

PLACE_OPENERS: Final = _set("Lake Mount Cape Fort Port Gulf Camp River County")
"""First words of places."""

EVENT_HEADS: Final = _set(
    "War Wars Battle Revolution Cup Olympics Games Championship Championships Festival Award Awards Prize Marathon "
    "Tournament Open Expo Convention Trophy Prix Tour Uprising Treaty Massacre Earthquake Hurricane Campaign"
)
"""Last words of events and prizes."""

COLLECTIVES: Final = _set("administration campaign presidency family regime")
"""Words after the name of a person: "the Trump administration"."""

PLACES_AS_PERSONS: Final = _set(
    "Jordan Chad Israel Georgia Ireland France England Holland Cuba Jersey Jamaica Kent Orlando Austin Sydney Paris "
    "Devon Dallas Houston Darwin Florence Charlotte Derby Derry Milan Sofia Victoria Santiago Kingston Lima Hamilton "
    "Lincoln Chester Preston Burton Bristol Phoenix Carlisle Washington Wellington Roseau Salvador Trinidad "
    "Guadalupe Antigua Cordoba Barry Norfolk Cornwall York Lancaster Windsor Warwick Bolton"
)
"""Places whose names are common names of persons too."""

COMPANY_WORDS: Final = _set(
    "shares stock shareholders stockholders investors executives employees staff customers subscribers users engineers "
    "subsidiary headquarters CEO CFO stores outlets revenues profits dividend flights handsets lawyers"
)
"""Words behind the name of a company: "Brightwater shares"."""

GIVEN_NAMES: Final = _set(
    "Aaron Abdallah Abdel Abdelaziz Abdelkader Abdoulaye Abdul Abdulla Abdullah Abe Abigail Abraham Achim Adam Adel  "
    "Adele Adolf Adrian Adriana Adrien Agnes Agustín Ahmad Ahmed Aidan Aisha Aishwarya Akbar Akira Alain Alan  "
    "Alasdair Alastair Alba Albert Albrecht Aldo Alec Alejandra Alejandro Aleksandar Aleksander Aleksandr Aleksandra  "
    "Aleksei Aleksey Alessandro Alex Alexa Alexander Alexandra Alexandre Alexei Alexey Alexis Alf Alfie Alfonso  "
    "Alfred Alfredo Ali Alice Alina Alisa Alison Alistair Allan Allen Allison Alma Alois Aloysius Alvaro Alvin  "
    "Alyssa Amadou Amal Amanda Ambrose Amelia Amin Amina Amir Amira Amit Amy Ana Anand Anastasia Anatoli Anatoly  "
    "Anders Andre Andrea Andreas Andrei Andrej Andres Andrew Andrey André Andrés Andrzej Andy Angela Angelina  "
    "Angelique Angelo Angus Anika Anil Anita Anjali Ann Anna Anne Anne-Marie Anneliese Annette Annie Ansgar Anthony  "
    "Antoine Anton Antonella Antonia Antonio Anwar Archie Ariana Ariel Aristide Arjun Arlene Armand Armando Armin  "
    "Arnaud Arne Arnie Arnold Artem Arthur Arturo Arvind Ashley Ashok Asif Astrid Atal Audrey Auguste Augusto  "
    "Aurélien Ava Avi Axel Aya Ayman Aziz Álvaro Ángel Baptiste Barack Barbara Barney Barry Bart Bartholomew Bashar  "
    "Basil Bastian Beatrice Beatriz Becky Ben Benazir Benedict Benedikt Benito Benjamin Benjamín Benoit Benoît  "
    "Bernadette Bernard Bernardo Bernd Bernice Bernie Bert Bertha Bertrand Beth Betty Beverly Bianca Bilal Bill  "
    "Billy Birgit Bjorn Björn Blake Bob Bobby Bogdan Boniface Bonnie Boris Brad Bradley Brandon Brenda Brendan Brent  "
    "Brett Brian Bridget Brigitte Britney Bronwyn Bruce Bruno Bryan Burt Byron Caitlin Caleb Callum Calvin Cameron  "
    "Camila Camille Candace Carl Carla Carlo Carlos Carlton Carly Carmen Carol Caroline Carolyn Carsten Casey  "
    "Catherine Cathy Cecil Cecilia Cedric Celia Celine Cesar Cédric Céline César Chandra Chantal Charles Charley  "
    "Charlie Charlotte Cheryl Chester Chiara Chloe Chris Christian Christina Christine Christoph Christophe  "
    "Christopher Chuck Claire Clara Clare Clarence Claude Claudia Claudine Claudio Claus Clayton Clément Cliff  "
    "Clifford Clint Clive Clyde Cody Colin Colleen Connie Connor Conor Conrad Corey Corinne Cormac Cornelius Cory  "
    "Cosmin Craig Cristina Curtis Cynthia Cyril Cyrus Daisy Damian Damien Damon Dan Daniel Daniela Daniele Danielle  "
    "Danilo Danny Dante Daphne Dario Darius Darlene Darrell Darren Darryl Daryl Dave David Davide Dean Debbie  "
    "Deborah Debra Declan Delia Delphine Delroy Demetrius Denis Denise Dennis Denys Denzel Derek Dermot Desmond  "
    "Detlef Devin Dexter Diana Diane Didier Diego Dieter Dietrich Dimitri Dimitris Dina Dino Dirk Dmitri Dmitry  "
    "Dmytro Dolores Domenico Domingo Dominic Dominik Dominique Don Donald Donna Donnie Donovan Dora Doris Dorothea  "
    "Dorothy Doug Douglas Dragan Drew Duane Duncan Dustin Dwayne Dwight Dylan Eamonn Earl Eberhard Eckhard Ed Eddie  "
    "Edgar Edith Edmund Edna Edouard Eduardo Edward Edwin Efraim Egon Ehud Eileen Ekaterina Elaine Eleanor Elena  "
    "Elias Elif Elijah Elio Elisa Elisabeth Elisabetta Eliza Elizabeth Ella Ellen Ellie Elliot Elliott Ellis Elmer  "
    "Eloise Elon Elsa Elsie Elton Elvis Emil Emile Emilia Emilie Emilio Emily Emma Emmanuel Emmanuelle Emmerson Emre  "
    "Enrique Eric Erica Erik Erin Ernest Ernesto Ernie Ernst Errol Erwin Esmeralda Esteban Estelle Esther Ethan  "
    "Ethel Etienne Eugene Eugenia Eunice Eva Evan Evelina Evelyn Evgeny Evie Evo Ezra Édouard Émile Étienne Fabian  "
    "Fabien Fabienne Fabio Fabrice Faisal Farah Farid Farouk Fatima Fatma Faye Federica Federico Fedor Felicia  "
    "Felicity Felipe Felix Ferdinand Fergus Fernanda Fernando Fidel Filip Filippo Finn Fiona Florence Florent  "
    "Florian Floyd Frances Francesca Francesco Francis Francisco Franck Franco Francois François Françoise Frank  "
    "Frankie Frans Franz Fraser Fred Freddie Freddy Frederic Frederick Frederik Fredrik Frédéric Frida Frieda  "
    "Friedrich Fritz Fyodor Gabriel Gabriela Gabriele Gabriella Gabrielle Gael Gaël Gail Gareth Gary Gaston Gavin  "
    "Gemma Genevieve Geneviève Gennady Geoff Geoffrey Georg George Georges Georgi Georgina Gerald Geraldine Gerard  "
    "Gerardo Gerd Gerhard Gerrit Gerry Gertrude Ghassan Ghislaine Giacomo Gianluca Gianni Gil Gilbert Giles Gilles  "
    "Gillian Gina Gino Giorgio Giovanna Giovanni Gisela Gisele Giulia Giuseppe Gladys Glen Glenda Glenn Gloria Goran  "
    "Gordon Gottfried Grace Graham Grant Greg Gregor Gregorio Gregory Greta Gretchen Grégoire Grégory Grigory Guido  "
    "Guillaume Gunnar Gunther Gus Gustav Gustavo Guus Guy Günter Günther Gwen Gwendolyn Habib Hakan Hamid Hamish  "
    "Hank Hanna Hannah Hannes Hans Hardeep Hari Harish Harold Harriet Harry Hartmut Haruki Harvey Hashim Hassan  "
    "Hazel Heather Hector Heidi Heiko Heinrich Heinz Helen Helena Helga Helmut Helmuth Hendrik Henning Henri  "
    "Henrietta Henrik Henry Henryk Herbert Herman Hermann Hernan Herve Hervé Hélène Hideki Hilary Hilda Hillary Hina  "
    "Hiroshi Holger Holly Horacio Horst Hosni Howard Howie Hubert Hugh Hugo Humberto Humphrey Hussein Hüseyin Iago  "
    "Iain Ian Ibrahim Ida Idris Ignacio Igor Ilham Ilse Ilya Imelda Imran Imre Indira Ines Inès Ingrid Irene Irina  "
    "Iris Irma Isaac Isabel Isabella Isabelle Isaiah Isidro Isla Ismail Itamar Ivan Ivana Ivanka Iván Ivo Jaap Jacek  "
    "Jacinda Jacinto Jack Jackie Jacob Jacopo Jacqueline Jacques Jaime Jair Jake Jakob Jakub Jalal Jamal James Jamie  "
    "Jamil Jan Jana Jane Janet Janice Janine Janos Janusz Jared Jason Jasper Javed Javier Jawaharlal Jay János Jean  "
    "Jean-Baptiste Jean-Claude Jean-François Jean-Jacques Jean-Louis Jean-Luc Jean-Marie Jean-Michel Jean-Paul  "
    "Jean-Pierre Jean-Yves Jeanette Jeanne Jed Jeff Jeffrey Jelena Jenna Jennie Jennifer Jenny Jens Jeremiah Jeremy  "
    "Jerome Jerry Jesse Jessica Jérôme Jill Jim Jimmie Jimmy Jiri Jiří Jo Joachim Joakim Joan Joann Joanna Joao João  "
    "Jocelyn Jochen Jock Jodie Jody Joe Joel Joey Johan Johannes John Johnny Jon Jonah Jonas Jonathan Jonny Joost  "
    "Jordi Jorge Joris Jose Josef Josep Joseph Josephine José Joséphine Josh Joshua Josip Josué Joyce Jörg Juan  "
    "Juana Juanita Judi Judith Judy Juho Jukka Jules Julia Julian Julie Juliette Julio Julius Junichi Junichiro  "
    "Jurgen Justin Justine Justo Jürgen Kai Kamal Kamala Kamil Kareem Karen Karim Karin Karina Karl Karla Karlheinz  "
    "Kaspar Kate Katerina Katharina Katherina Katherine Kathleen Kathrin Kathryn Kathy Katie Katja Katrina Kayla  "
    "Kazuo Keir Keira Keith Kelly Kemal Ken Kenji Kenneth Kenny Kerry Kevin Khaled Khalid Kieran Kim Kimberly Kiran  "
    "Kirk Kirsten Kirstie Kirsty Kjell Klara Klaus Knut Kofi Konrad Konstantin Kris Krishna Kristen Kristian Kristin  "
    "Kristina Krzysztof Kurt Kwame Kwasi Kyle Laetitia Lamar Lara Larissa Larry Lars Laszlo Latifa Laura Laure  "
    "Lauren Laurent Laurie Lawrence László Leah Leandro Lee Leif Leila Len Lena Lennart Lenny Leo Leon Leonard  "
    "Leonardo Leonel Leonid Leopold Leroy Leslie Lester Leticia Lev Lewis Léa Liam Lila Lillian Lily Linda Lindsay  "
    "Lionel Lisa Lisbeth Liz Lloyd Lois Loïc Lola Lorenzo Loretta Lorraine Lothar Louie Louis Louise Luc Luca Lucas  "
    "Lucia Luciana Luciano Lucien Lucille Lucinda Lucy Ludmila Ludovic Ludwig Luigi Luis Luisa Luiz Lukas Luke  "
    "Luther Lydia Lynda Lyndon Lynn Lynne Maarten Mabel Madeleine Mads Magdalena Maggie Magnus Mahathir Mahatma  "
    "Mahmoud Mahmud Malala Malcolm Malia Malik Mandy Manfred Manmohan Manoj Manon Manuel Marat Marc Marc-André  "
    "Marcel Marcello Marcelo Marcia Marcin Marcio Marco Marcus Marek Margaret Margarita Margot Marguerite Maria  "
    "Mariana Marianne Mariano Maribel Marie Marie-Claude Marilyn Marina Mario Marion Marisa Marius María Marjorie  "
    "Mark Marko Markus Marlene Marlon Marta Martha Martin Martina Martín Marvin Marwan Mary Maryam Masaaki Massimo  "
    "Mateo Mateusz Mathias Mathieu Mathilde Matilda Matt Matteo Matthew Matthias Matthieu Maureen Maurice Mauricio  "
    "Maurizio Mauro Mavis Max Maxim Maxime Maximilian Maxine Maya Meera Megan Meghan Mehdi Mehmet Melania Melanie  "
    "Melissa Melvin Meredith Mélanie Mia Michael Michaela Michał Michel Michelle Michèle Mick Mickey Miguel Mihai  "
    "Mikael Mike Mikhail Mila Mildred Miles Millie Milos Miloš Milton Mina Minnie Mireille Miriam Miroslav Mitch  "
    "Mitchell Mitt Mohamad Mohamed Mohammad Mohammed Mohan Moira Mollie Molly Mona Monica Monika Monique Morgana  "
    "Moritz Morten Moses Mostafa Moussa Muhammad Muriel Murray Mustafa Mykhailo Mykola Myra Nadeem Nadia Nadine  "
    "Nancy Naomi Narendra Nasser Natalia Natalie Natasha Nathalie Nathan Nathaniel Naveed Nawaz Ned Neil Nestor  "
    "Neville Nicholas Nick Nicola Nicolae Nicolas Nicolaus Nicolás Nicole Nicos Niels Nigel Nikita Nikki Nikola  "
    "Nikolai Nikolaus Nikolay Nils Nina Nnamdi Noah Noam Noémie Noël Nora Norbert Noreen Norma Norman Nouri Océane  "
    "Octavio Odette Olaf Olav Ole Oleg Oleksandr Oleksiy Olga Oliver Olivia Olivier Olli Omar Oprah Osama Oscar  "
    "Osvaldo Otis Otto Owen Pablo Paddy Paige Paloma Pamela Pancho Paola Paolo Parvez Pascal Patrice Patricia  "
    "Patrick Patrik Patsy Patti Pau Paul Paula Pauline Paulo Pavel Pawel Paweł Pedro Peggy Penelope Penny Percy  "
    "Perry Pervez Petar Pete Peter Petra Petro Petter Phil Philip Philippa Philippe Phillip Phoebe Phyllis Pierce  "
    "Pierre Pierre-Yves Piers Pieter Pietro Piotr Pippa Polly Prakash Pranab Priscilla Priti Priya Priyanka Quentin  "
    "Quincy Rachel Rafael Rafał Rafik Raheem Rahul Rainer Raj Rajesh Rajiv Rajnath Rakesh Ralf Ralph Ramesh Ramon  "
    "Ramona Ramón Ramzan Randall Randolph Randy Raphael Raphaël Raquel Rashid Raul Raúl Ravi Ray Raymond Raymundo  "
    "Rebecca Rebekah Recep Reggie Reginald Reiner Reinhard Remi Renata Renato Rene Renee René Renée Reza Rémi Rémy  "
    "Rhonda Rhys Ricardo Riccardo Richard Richie Rick Rihanna Rishi Rita Roald Rob Robbie Robert Roberta Roberto  "
    "Robin Rochelle Rodney Rodolfo Rodrigo Rogelio Roger Roland Rolf Romain Romano Romy Ron Ronald Ronaldo Ronnie  "
    "Rory Rosa Rosalie Rosalind Rosalyn Rosanna Rosemary Ross Roxanne Roy Ruben Rubén Rudi Rudolf Rudy Rufus Rui  "
    "Rupert Ruslan Russ Russell Rutger Ruth Ryan Sabine Sabrina Sacha Saeed Sajid Salim Sally Salma Salman  "
    "Salvatore Sam Samantha Samir Samuel Samuele Sandeep Sandra Sandro Sanjay Santosh Saoirse Sara Sarah Satoshi  "
    "Scarlett Scott Sean Seán Sebastian Sebastián Sebastien Selena Selma Semyon Serena Serge Sergei Sergej Sergey  "
    "Sergi Sergio Serhiy Seth Seymour Sébastien Ségolène Shane Shannon Sharon Shaun Sheila Sheldon Shelley Sherry  "
    "Shimon Shinzo Shirley Sian Siân Sidney Siegfried Sigmar Sigrid Silvia Silvio Simon Simone Simón Sinéad Siobhan  "
    "Siobhán Slobodan Sofia Sofía Solange Soledad Sonia Sonja Sonya Sophie Soren Stacey Stacy Stan Stanislav Stanley  "
    "Stefan Stefano Steffi Stella Stephane Stephanie Stephen Steve Steven Stéphane Stéphanie Stig Stuart Sue Sunil  "
    "Sunita Suresh Susan Susana Susanna Susannah Susie Suzanne Sven Svend Svetlana Sybil Syed Sylvain Sylvester  "
    "Sylvia Sylvie Søren Tabitha Tadeusz Takeshi Tamara Tania Taniya Tanya Tara Tarek Tariq Taro Tatiana Tatyana  "
    "Tayyip Ted Terence Teresa Terrence Terry Tess Tessa Thabo Thaddeus Thelma Theo Theodora Theodore Theresa Théo  "
    "Thibault Thibaut Thierry Thilo Thomas Thorsten Tiago Tilda Tim Timothy Tina Tito Tobias Todd Tom Tomas Tomasz  "
    "Tomás Tomáš Tommy Toni Tony Torsten Tracey Tracy Travis Trevor Tricia Tristan Trudy Tyler Tyrone Udo Ugo Ulf  "
    "Ulrich Ulrike Uma Umar Umberto Uri Ursula Usain Uwe Vaclav Valentin Valentina Valeria Valerie Valery Valérie  "
    "Vanessa Vasily Vaughan Václav Vera Verena Vernon Veronica Véronique Vicente Victor Victoria Vijay Vikram Viktor  "
    "Vince Vincent Vinod Viola Virginie Vitali Vitaly Vito Vittorio Vivian Viviane Vivienne Vlad Vladimir Vladislav  "
    "Volker Volodymyr Wade Waldemar Wali Wally Walter Wanda Warren Wasim Wayne Wendell Wendy Werner Wes Whitney  "
    "Wilbur Wilfred Wilfried Wilhelm Will Willem William Willie Willy Wilma Wim Winifred Winnie Winston Wladimir  "
    "Wojciech Wolfgang Woody Xabi Xavier Xenia Yacine Yair Yann Yannick Yaroslav Yasir Yasmin Yasmine Yasser Yitzhak  "
    "Yohan Yoko Yolanda Yoshihide Youssef Yuki Yulia Yuliya Yumi Yuri Yuriy Yusuf Yves Yvette Yvonne Zac Zach  "
    "Zachary Zack Zahra Zainab Zbigniew Zdeněk Zelda Zeljko Zeynep Ziad Zinedine Zlatan Zoe Zoë Zoltan Zoltán  "
    "Zoran Zsuzsa"
)
"""Given names that are common in news in English and French."""

FEMALE_NAMES: Final = _set(
    "Abigail Adele Adriana Agnes Aisha Aishwarya Alba Alejandra Aleksandra Alexa Alexandra Alexis Alice Alina Alisa  "
    "Alison Allison Alma Alyssa Amal Amanda Amelia Amina Amira Amy Ana Anastasia Angela Angelina Angelique Anika  "
    "Anita Anjali Ann Anna Anne Anneliese Annette Annie Antonella Antonia Ariana Arlene Ashley Astrid Audrey Ava Aya  "
    "Barbara Beatrice Beatriz Becky Benazir Bernadette Bernice Bertha Beth Betty Beverly Bianca Birgit Bonnie Brenda  "
    "Bridget Brigitte Britney Bronwyn Caitlin Camila Camille Candace Carla Carly Carmen Carol Caroline Carolyn  "
    "Catherine Cathy Cecilia Celia Celine Céline Chantal Charlotte Cheryl Chiara Chloe Christina Christine Claire  "
    "Clara Clare Claudia Claudine Colleen Connie Corinne Cristina Cynthia Daisy Daniela Danielle Daphne Darlene  "
    "Debbie Deborah Debra Delia Delphine Denise Diana Diane Dina Dolores Dominique Donna Dora Doris Dorothea Dorothy  "
    "Edith Edna Eileen Ekaterina Elaine Eleanor Elena Elif Elisa Elisabeth Elisabetta Eliza Elizabeth Ella Ellen  "
    "Ellie Eloise Elsa Elsie Emilia Emilie Emily Emma Emmanuelle Erica Erin Esmeralda Estelle Esther Ethel Eugenia  "
    "Eunice Eva Evelina Evelyn Evie Fabienne Farah Fatima Fatma Faye Federica Felicia Felicity Fernanda Fiona  "
    "Florence Frances Francesca Françoise Frida Frieda Gabriela Gabriella Gabrielle Gail Gemma Genevieve Geneviève  "
    "Georgina Geraldine Gertrude Ghislaine Gillian Gina Giovanna Gisela Gisele Giulia Gladys Glenda Gloria Grace  "
    "Greta Gretchen Gwen Gwendolyn Hanna Hannah Harriet Hazel Heather Heidi Helen Helena Helga Henrietta Hélène  "
    "Hilary Hilda Hillary Hina Holly Ida Ilse Imelda Indira Ines Inès Ingrid Irene Irina Iris Irma Isabel Isabella  "
    "Isabelle Isla Ivana Ivanka Jacinda Jackie Jacqueline Jana Jane Janet Janice Janine Jeanette Jeanne Jelena Jenna  "
    "Jennie Jennifer Jenny Jessica Jill Jo Joan Joann Joanna Jocelyn Jodie Jody Josephine Joséphine Joyce Juana  "
    "Juanita Judi Judith Judy Julia Julie Juliette Justine Kamala Karen Karin Karina Karla Kate Katerina Katharina  "
    "Katherina Katherine Kathleen Kathrin Kathryn Kathy Katie Katja Katrina Kayla Keira Kerry Kimberly Kirsten  "
    "Kirstie Kirsty Klara Kristen Kristin Kristina Laetitia Lara Larissa Latifa Laura Laure Lauren Laurie Leah Leila  "
    "Lena Leticia Léa Lila Lillian Lily Linda Lindsay Lisa Lisbeth Liz Lois Lola Loretta Lorraine Louise Lucia  "
    "Luciana Lucille Lucinda Lucy Ludmila Luisa Lydia Lynda Lynn Lynne Mabel Madeleine Magdalena Maggie Malala Malia  "
    "Mandy Manon Marcia Margaret Margarita Margot Marguerite Maria Mariana Marianne Maribel Marie Marilyn Marina  "
    "Marion Marisa María Marjorie Marlene Marta Martha Martina Mary Maryam Mathilde Matilda Maureen Mavis Maxine  "
    "Maya Meera Megan Meghan Melania Melanie Melissa Meredith Mélanie Mia Michaela Michelle Michèle Mila Mildred  "
    "Millie Mina Minnie Mireille Miriam Moira Mollie Molly Mona Monica Monika Monique Morgana Muriel Myra Nadia  "
    "Nadine Nancy Naomi Natalia Natalie Natasha Nathalie Nicola Nicole Nikki Nina Noémie Nora Noreen Norma Océane  "
    "Odette Olga Olivia Oprah Paige Paloma Pamela Paola Patricia Patsy Patti Paula Pauline Peggy Penelope Penny  "
    "Petra Philippa Phoebe Phyllis Pippa Polly Priscilla Priti Priya Priyanka Rachel Ramona Raquel Rebecca Rebekah  "
    "Renata Renee Renée Rhonda Rihanna Rita Roberta Rochelle Romy Rosa Rosalie Rosalind Rosalyn Rosanna Rosemary  "
    "Roxanne Ruth Sabine Sabrina Sally Salma Samantha Sandra Saoirse Sara Sarah Scarlett Selena Selma Serena  "
    "Ségolène Shannon Sharon Sheila Shelley Sherry Shirley Sian Siân Sigrid Silvia Simone Sinéad Siobhan Siobhán  "
    "Sofia Sofía Solange Soledad Sonia Sonja Sonya Sophie Stacey Stacy Steffi Stella Stephanie Stéphanie Sue Sunita  "
    "Susan Susana Susanna Susannah Susie Suzanne Svetlana Sybil Sylvia Sylvie Tabitha Tamara Tania Taniya Tanya Tara  "
    "Tatiana Tatyana Teresa Tess Tessa Thelma Theodora Theresa Tilda Tina Tracey Tracy Tricia Trudy Ulrike Uma  "
    "Ursula Valentina Valeria Valerie Valérie Vanessa Vera Verena Veronica Véronique Victoria Viola Virginie Vivian  "
    "Viviane Vivienne Wanda Wendy Whitney Wilma Winifred Winnie Xenia Yasmin Yasmine Yoko Yolanda Yuki Yulia Yuliya  "
    "Yumi Yvette Yvonne Zahra Zainab Zelda Zeynep Zoe Zoë Zsuzsa"
)
"""Those of `GIVEN_NAMES` that are women's."""

EITHER_SEX: Final = _set(
    "Alex Andrea Casey Kim Sam Robin Kelly Leslie Terry Claude Alexis Nicola Jan Jean Gabriele Dominique Laurie"
)
"""Given names of women and men."""

ENGLISH_ARTICLES: Final = _set("the The a A an An THE")
ARTICLES: Final = _set("the The a A an An THE le la les Le La Les l' L' l’ L’")
SMALL_WORDS: Final = _set("of the and for in on de du des la le les et & to at")

EVENT_OPENERS: Final = _set("Battle Siege Treaty Siège Bataille Traité")
"""First words of events, before "of"."""

_CITIES: Final = (
    "Albany Alexandria Allentown Austin Birmingham Buffalo Cambridge Charlotte Cleveland Columbus Derby Duluth "
    "Florence Halifax Hartford Hyderabad Newcastle Newark Orlando Phoenix Plymouth Portland Providence Queens "
    "Richmond Rochester Stalingrad Valencia York Arabia Kurdistan Broadway Essex Norfolk Kent Peterborough Toledo "
    "Akron Dayton Fargo Raleigh Durham Greensboro Gainesville Laredo Pasadena Penang Córdoba Rostov Granada Murcia"
)
_REGIONS: Final = (
    "Europe Africa Asia Oceania Scandinavia Balkans Caucasus Himalayas Alps Pyrenees Andes Sahara Sahel "
    "Mediterranean Pacific Atlantic Arctic Antarctica Caribbean Siberia Danube Nile Thames Rhine Volga Euphrates "
    "Tigris Mars Venus Everest Eurozone Midwest Midlands"
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
    "Knesset Labour Sinn Likud Fatah Plaid Ukip UKIP SNP DUP SDLP CDU SPD AfD BJP CNRP LVMH Lufthansa Ryanair "
    "EasyJet easyJet Qantas Aeroflot Vodafone Verizon T-Mobile Telefónica Ericsson Motorola Qualcomm Cisco Oracle "
    "SAP Dell Lenovo Toshiba Panasonic Hitachi Fujitsu Nikon Kodak Xerox AOL Yahoo LinkedIn Pinterest Skype "
    "Salesforce Adobe OpenAI DeepMind SpaceX Palantir Barclays Santander Citigroup JPMorgan NatWest Nomura BNP "
    "UniCredit Commerzbank Allianz Aviva Prudential GlaxoSmithKline GSK Sanofi Roche Merck Monsanto BASF Bosch "
    "Daimler Porsche Audi Volvo Skoda Hyundai Kia Mitsubishi Mazda Suzuki Chrysler Rolls-Royce Glencore "
    "ArcelorMittal Rosatom Sinopec PetroChina Petrobras Aramco Eni Equinor EDF Engie Carrefour Aldi Lidl Sainsbury's "
    "Asda Morrisons Waitrose Primark Burberry Gucci Prada L'Oréal PepsiCo Coca-Cola Heineken Diageo Kraft Danone "
    "Al-Shabab al-Shabab Al-Shabaab al-Shabaab Hizbollah Hizbullah Houthi Xinhua TASS Bloomberg Breitbart Politico "
    "BuzzFeed Axios HuffPost DreamWorks Paramount Miramax Hulu Arsenal Everton Tottenham Juventus Bayern "
    "Benfica Celtic Barnardo's Mencap Unison Ofcom Ofsted Ofgem Frontex Eurostat Eurotunnel"
)
_GROUPS: Final = (
    "Tory Tories Democrat Democrats Republican Republicans Conservatives Muslim Muslims Christian Christians Jew "
    "Jews Jewish Hindu Hindus Sikh Sikhs Buddhist Buddhists Catholic Catholics Protestant Protestants Anglican "
    "Anglicans Orthodox Islamist Islamists Sunni Sunnis Shia Shiite Shiites Kurd Kurds Kurdish Arab Arabs Nazi Nazis "
    "Marxist Communist Communists Hutu Hutus Tutsi Tutsis Uighur Uighurs Uyghur Uyghurs Rohingya European Europeans "
    "African Africans Asian Asians Latino Latinos Hispanic Hispanics Scandinavian Thatcherite Blairite"
)
_OTHER_KNOWN: Final[Mapping[str, str]] = MappingProxyType(
    dict.fromkeys(("Lib Dem", "Lib Dems", "Liberal Democrat", "Liberal Democrats"), "NORP")
    | dict.fromkeys(("Premier League", "La Liga", "Serie A", "Champions League", "Air France"), "ORG")
    | dict.fromkeys(("Labor", "Supreme Court", "Real Madrid", "Sinn Fein", "Sinn Féin"), "ORG")
    | dict.fromkeys(("Middle East", "Latin America", "North Africa", "West Africa", "East Africa", "Far East"), "LOC")
    | dict.fromkeys(("White House", "Downing Street", "Wall Street", "Buckingham Palace"), "FAC")
    | dict.fromkeys(("Oscar", "Oscars", "Grammy", "Grammys", "Emmy", "Emmys", "Bafta", "Baftas"), "EVENT")
    | dict.fromkeys(
        ("Olympics", "Paralympics", "Brexit", "Holocaust", "Super Bowl", "Grand Slam", "World Cup"), "EVENT"
    )
    | dict.fromkeys(("Windows", "iPhone", "iPad", "iPod", "Android", "PlayStation", "Xbox"), "PRODUCT")
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
    | dict.fromkeys(_REGIONS.split(), "LOC")
    | dict.fromkeys(_ORGANISATIONS.split(), "ORG")
    | dict.fromkeys(_PERSONS.split(), "PERSON")
    | dict.fromkeys(_GROUPS.split(), "NORP")
    | dict(_OTHER_KNOWN)
)
"""Names that news everywhere uses, with what they mostly are."""
