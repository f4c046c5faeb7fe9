"""The words of ``sensitive``, in small letters without accents, ß as ss. A stem that
ends in * stands for all its forms.
"""

from __future__ import annotations

import re


def _any_of(*lists: str) -> re.Pattern[str]:
    """Matches each of the phrases, as whole words."""
    phrases = [" ".join(one.split()) for text in lists for one in text.split(",")]
    stems = (re.escape(one).replace(r"\*", r"\w*") for one in phrases)
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(stems)})(?![^\W_])")


HEALTH = """
    disease*, illness*, diagnos*, disorder*, syndrome*, diabet*, cancer, tumor*,
    tumour*, depress*, anxiety, bipolar, schizophren*, adhd, autis*, asperger*, ptsd,
    ocd, hiv, aids, asthma*, epilep*, migraine*, allerg*, intoleran*, coeliac, celiac,
    arthritis, medication*, antidepress*, insulin, therapy, rehab, addict*, alcoholi*,
    sober, pregnan*, miscarriage*, abortion*, infertil*, disab*, wheelchair*, blind,
    deaf, dyslexi*, surgery, chronic*, hypertension, blood pressure, blood type, mental
    health, overweight, obes*, anorexi*, bulimi*, burnout, dementia, stroke, heart
    attack, krank*, krebs, erkrank*, behinder*, schwanger*, abtreib*, depressiv*,
    sucht*, suchtig, diagnose*, medikament*, rollstuhl*, gehorlos*, schwerhorig*,
    gesundheit*, maladie*, malade*, cancereux, depressi*, enceinte, avortement*,
    handicap*, medicament*, sante, sourd*, aveugle*, seropositi*, asthmatique*,
    diabete*, enfermedad*, enferm*, cancer de, embaraz*, aborto*, discapacidad*,
    depresi*, medicamento*, salud, sord*, ciego, ciega, alergi*, ansiedad, vih, sida,
    remission, neurodiver*, on the spectrum, in aa, therapist*, psychotherap*,
    psychiatr*, panic attack*, anxious, insomni*, suicid*, self-harm*, chemo*,
    radiotherapy, dialysis, transplant*, ivf, menstrua*, menopaus*, period pain*,
    endometriosis, weighs, bmi, hearing aid*, prosthe*, amput*, injur*, broken arm,
    broken leg, broken wrist, broken hip, back pain*, symptom*, prescri*, vaccin*,
    covid*, sick, unwell, smokes, smoker*, lactose, tinnitus, eczema, psoriasis, crohn*,
    parkinson*, alzheimer*, sclerosis, hepatitis, herpes, thyroid*, anaemi*, anemi*,
    blutdruck*, tablette*, therapie*, therapeut*, psychiat*, schlaflos*, selbstmord*,
    schwerbehinder*, horgerat*, fehlgeburt*, wechseljahre, geimpft, impf*, verletz*,
    raucht, raucher*, laktose*, zoliakie, alkoholi*, schmerzen, chimio*, therapeute*,
    hospitalis*, grossesse*, fausse couche, fume, fumeu*, blessure*, suicide*,
    antidepresiv*, terapia*, terapeuta*, psiquiatr*, quimio*, vacun*, fuma, fumador*,
    lactosa, hospitaliz*, baja medica, lesion*, suicidi*
"""
GENES_AND_BODIES = """
    biometr*, fingerprint*, face id, faceid, facial recognition, voiceprint*, voice
    print*, iris scan*, retina scan*, dna, genome*, genetic test*, genetic risk*,
    genetic mutation*, gene mutation*, 23andme, brca*, chromosom*, fingerabdruck*,
    gesichtserkennung, erbgut*, gentest*, genmutation*, empreinte* digitale*,
    reconnaissance faciale, adn, test* genetique*, huella dactilar, huellas dactilares,
    reconocimiento facial, genoma*
"""
FAITH = """
    religio*, faith, christian*, catholic*, protestant*, orthodox, evangelical*,
    baptist*, lutheran*, mormon*, jehovah*, muslim*, islam*, sunni, shia, jew, jews,
    jewish, judaism, hindu*, buddhis*, sikh*, atheis*, agnostic*, pagan*, church*,
    mosque*, synagogue*, prays, praying, prayer*, bible, quran, koran, kosher, halal,
    ramadan, baptised, baptized, god, believer, christ*, katholi*, evangelisch*,
    judisch*, jude, judin, moslem*, muslimin, konfession*, gebet*, kirche*, moschee*,
    glaubig*, religion*, catholique*, chretien*, musulman*, juif, juive, juifs, athee,
    bouddhis*, eglise, mosquee, croyant*, catolic*, cristian*, judio, judia, ateo, atea,
    budista*, iglesia*, mezquita*, creyente*,
    pray, lent, shabbat*, sabbath*, passover, hanukkah, yom kippur, eid, diwali, hijab*,
    temple*, parish*, quaker*, rabbi*, imam*, pastor, priest*, torah, gospel,
    scientolog*, wicca*, sunday mass, jehova*, betet, beten, getauft, taufe, konfirm*,
    fastenzeit, kopftuch*, pfarrer*, la messe, prie, careme,
    bapti*, paroisse*, temoin* de jehovah, misa, reza, cuaresma, bautiz*, parroqui*
"""
POLITICS = """
    politic*, votes, voted, voter*, voting, democrat*, republican*, socialis*,
    communis*, marxis*, anarchis*, fascis*, libertarian*, left-wing, right-wing,
    leftist*, conservative*, liberal, liberals, labour party, labor party, green party,
    tory, tories, party member*, member of the * party, election*, activist*, trump,
    biden, brexit, politisch*, wahlt, gewahlt, wahler*, cdu, csu, spd, afd, fdp, die
    grunen, linke, linksextrem*, rechtsextrem*, partei*, politique*, vote pour,
    electeur*, gauche, extreme droite, socialiste*, communiste*, rassemblement national,
    macron*, politica, politico, vota a, votante*, socialista*, comunista*, psoe,
    podemos, vox, partido popular, izquierda, extrema derecha,
    for labour, voted labour, labour supporter*, lib dem*, the greens, maga, pro-choice,
    pro-life, immigration, blm, black lives matter, aclu, nra, protests, protester*,
    protestor*, campaigns for, campaigned for, feminis*, nationalis*, demokrat*,
    republikan*, sozialdemokrat*, kommunis*, konservativ*, links eingestellt, rechts
    eingestellt, demonstriert, milite, militant*, de droite, le pen, melenchon,
    manifestant*, de derechas, militante*, manifestante*
"""
SEXUALITY = """
    sexual*, gay, lesbian*, bisexual*, homosexual*, heterosexual*, straight man,
    straight woman, queer, asexual*, pansexual*, transgender*, trans man, trans woman,
    transsexual*, non-binary, nonbinary, lgbt*, sex life, polyamor*, fetish*, kink*,
    schwul*, lesbisch*, bisexuell*, transident*, gay*, lesbienne*, homosexuel*,
    bisexuel*, orientation, sexuel*, lesbiana*, homosexual*, transexual*,
    trans, came out, coming out, bdsm, grindr, attracted to, dates men, dates women,
    dating men, dating women, prefers men, prefers women, married to a man, married to a
    woman, hormone therapy, transgenre*, non binaire*, no binari*, steht auf manner,
    steht auf frauen
"""
ETHNICITY = """
    ethnic*, racial*, race, skin color, skin colour, african american*, person of
    colour, person of color, people of color, black man, black woman, white man, white
    woman, hispanic*, latino*, latina*, latinx, caucasian*, romani, gypsy, gypsies,
    indigenous, aboriginal*, biracial, mixed race, descent, heritage, ancestry, ethnie*,
    origine ethnique, couleur de peau, hautfarbe, herkunft, abstammung, sinti, roma,
    etnia*, etnic*, raza, color de piel, gitano*, gitana*, metis, metisse,
    native american*, first nation*, skin, sami, dalit*, caste, immigrant*,
    refugee*, asylum*, is black, is white, am black, am white, afro*, migrant*,
    migrationshintergrund, deutschturk*, schwarze haut, fluchtling*, asyl*, immigre*,
    refugie*, asile, inmigrante*, refugiad*, asilo
"""
UNIONS = """
    trade union*, labour union*, labor union*, union member*, member of a union, member
    of the union, unionised, unionized, shop steward*, gewerkschaft*, ver.di, ig metall,
    syndica*, syndicat*, cgt, cfdt, sindica*, ugt, ccoo,
    union rep*, union dues, the union, my union, on strike, striking with, uaw, seiu,
    teamster*, afl-cio, dgb, streik*, streikt, betriebsrat*, en greve, greviste*, en
    huelga, huelguista*
"""
CRIME = """
    criminal*, convict*, felony, felon, felonies, misdemeano*, prison*, jail*, arrested,
    probation, parole, offender*, offence*, offense*, police record, vorbestraft*,
    straftat*, strafregister, gefangnis*, haft, verurteilt*, bewahrung, condamn*, casier
    judiciaire, prison, detenu*, garde a vue, delit*, carcel, preso, presa, antecedentes
    penales, condenad*, delito*, detenid*,
    incarcerat*, indict*, accused, dui, dwi, drunk driving, fined for, on bail, on
    trial, court case*, restraining order*, shoplift*, burgl*, theft, stole, thief,
    drugs, drug use*, drug dealer*, cocaine, heroin, cannabis, marijuana, weed, mdma,
    meth, knast, angeklagt*, diebstahl*, drogen*, accuse*, mis en examen, drogue*,
    cambriol*, acusad*, droga*, ladron*
"""
SECRETS = """
    password*, passwd, passcode*, passphrase*, pin, pin code, pincode, secret*, token*,
    api key*, apikey*, access key*, private key*, secret key*, credential*, recovery
    code*, seed phrase, otp, 2fa, cvv, cvc, credit card*, debit card*, card number*,
    bank account*, account number*, iban, bic, swift code, routing number*, sort code,
    passport*, social security*, ssn, national insurance*, tax id*, id card*, id
    number*, driving licen*, driver's licen*, license plate*, passwort*, kennwort*,
    geheim*, zugangsdaten, kreditkarte*, kontonummer*, bankverbindung*,
    personalausweis*, reisepass*, steuer-id*, steuernummer*, sozialversicherungsnummer*,
    fuhrerschein*, mot de passe, mots de passe, identifiant*, carte bancaire, carte de
    credit, compte bancaire, passeport*, securite sociale, numero fiscal, permis de
    conduire, contrasena*, clave, claves, tarjeta de credito, cuenta bancaria,
    pasaporte*, dni, nie, seguridad social, carnet de conducir
"""
# only as the name of a fact: "works at a health insurer" is none of these
KEYS = """
    address*, street, house number, zip*, postcode*, postal code*, e-mail*, email*,
    mail, phone*, telephone*, mobile*, cell*, contact*, health*, medical*, condition*,
    weight, salary, income, wage*, debt*, adresse*, anschrift, strasse, hausnummer,
    postleitzahl, plz, telefon*, handy*, gehalt, einkommen, gewicht, rue, code postal,
    courriel, portable, salaire, revenu*, poids, direccion*, domicilio, calle, codigo
    postal, correo*, movil*, salario, sueldo, peso, vote, party, belief*, church,
    origin, origins, login*, username*,
    height, period, doctor*, hospital*, medic*, sick leave, injury, smoking,
    krankenhaus*, arzt*, arztin*, medecin*, hopital, taille, estatura, altura, court,
    police, protests, iris
"""
OTHERS = """
    wife*, husband*, spouse*, partner*, girlfriend*, boyfriend*, fiance*, son, sons,
    son's, daughter*, child, children, child's, kid, kids, baby, mother*, father*, mum,
    mom, dad, parent*, brother*, sister*, sibling*, uncle*, aunt*, cousin*, nephew*,
    niece*, grand*, in-law*, friend*, colleague*, coworker*, co-worker*, boss, boss's,
    manager's, neighbour*, neighbor*, roommate*, flatmate*, ex-wife, ex-husband, frau,
    ehefrau, ehemann, ehegatt*, sohn, sohne, tochter, kind, kinder, mutter, vater,
    eltern, bruder, schwester*, geschwister, oma, opa, onkel, tante, freund, freundin,
    kollege*, kollegin*, chef, chefin, nachbar*, femme, mari, epou*, conjoint*, copain,
    copine, fils, fille, filles, enfant*, mere, pere, parents, frere*, soeur*, oncle,
    cousine*, ami, amie, amis, collegue*, patron, voisin*, esposa*, esposo*, marido,
    mujer, novia, novio, pareja, hijo*, hija*, nino*, madre, padre*, hermano*, hermana*,
    abuel*, tio, tia, primo, prima, amigo*, amiga*, companero*, companera*, jefe, jefa,
    vecin*
"""

IN_KEYS = _any_of(KEYS)
IN_VALUES = _any_of(
    HEALTH,
    GENES_AND_BODIES,
    FAITH,
    POLITICS,
    SEXUALITY,
    ETHNICITY,
    UNIONS,
    CRIME,
    SECRETS,
)
PEOPLE = _any_of(OTHERS)
