package text

// The turns of speech of Guard, a line each; how they are written stands at
// turnsOf. Within a class they are in the order en, de, fr, es, tr, ru, ar, zh.

const guardPast = `
you (?:came|were|had|paid|agreed|signed|chose|received|got|left|stayed|visited|arrived|travelled|traveled|underwent|accepted|requested|missed|ignored|cancelled|wanted|knew|went|refused|insisted|decided|smoked|flew|brought|booked|failed|did not|didn't|never) ~ *
you (?:came|were|paid|agreed|signed|left|stayed|visited|arrived|refused|decided|smoked)
you(?:'ve| have) (?:been|had|received|paid|undergone|signed|visited|stayed|never)
when you (?:came|were|had|left|arrived|visited)
your (?:~ )?(?:operation|surgery|procedure|treatment|stay|appointment|consultation|implants?|crowns?|veneers?|grafts?|deposit|payment|invoice|refund|admission|discharge|x-rays?|diagnosis|anaesthesia|last visit|first visit|second visit|visit to us|visit in *|complications?)
we ~ (?:told|treated|informed|saw|examined|offered|gave|remember|advised|sent|called|refunded|warned|admitted|discharged|showed|met) you
we (?:told|treated|informed|saw|examined|offered|gave|remember|advised|sent|called|refunded|warned|admitted|discharged|showed|met) you
we (?:explained|spoke|talked|discussed) ~ (?:to|with) you
we operated on you
(?:doctor|surgeon|team|nurse|coordinator|colleague|staff|anaesthetist|dentist) (?:told|treated|informed|saw|examined|offered|gave|advised|called|warned|showed|operated on|explained to) you
she (?:was|came) ~ (?:treated|operated) ~ (?:us|here)
als (?:sie|du|ihr) ~ (?:war*|kam*|hatte*)
(?:sie|du) (?:kamen|kamst|waren bei|warst|wurden|wurdest|hatten|hattest|zahlten|unterschrieben|wollten|wolltest|lagen|verließen|bestanden)
(?:sie|du) (?:haben|hast) ~ (?:ge*t|ge*en|bezahlt|unterschrieben|erhalten|bekommen|verlassen|akzeptiert|verschwiegen|entschieden|abgelehnt)
ihnen (?:wurde|wurden|hatten) ~ *
(?:haben|hatten) wir (?:sie|ihnen|dich|dir)
wir (?:haben|hatten) (?:sie|ihnen|dich|dir) ~ *
wir erinnern uns (?:gut |gern )?an (?:sie|dich)
(?:ihre?|ihrer|ihrem|ihren|deine?|deiner|deinem) (?:~ )?(?:operation|op|behandlung|eingriff*|aufenthalt*|termin*|implantat*|kronen?|veneers|anzahlung|zahlung|rechnung|zähne|transplantation|grafts|entlassung|narkose|vollnarkose|erstgespräch|röntgenbild*|diagnose)
unser (?:arzt|chirurg|team|zahnarzt) (?:hat|hatte) (?:sie|ihnen|dich|dir)
lors de (?:votre|ton) *
quand vous (?:êtes|étiez|avez)
vous (?:êtes venu*|êtes parti*|êtes arrivé*|étiez|aviez|avez ~ (?:payé*|signé*|reçu*|été|eu|demandé*|accepté*|refusé*|choisi*|séjourné*|subi*|fumé*|quitté*|bénéficié*))
vous avez (?:payé*|signé*|reçu*|été|eu|demandé*|accepté*|refusé*|choisi*|séjourné*|subi*|fumé*|quitté*|bénéficié*)
votre (?:opération|intervention|traitement|séjour|rendez-vous|consultation|chirurgie|greffe|paiement|acompte|facture|hospitalisation|sortie|radio*|diagnostic)
vos (?:implants|couronnes|dents|greffons|facettes|radios|soins)
(?:nous|on) vous (?:avons|a|avait|avions) *
vous (?:a|ont) (?:été )?(?:expliqué*|opéré*|soigné*|informé*|prévenu*|examiné*|dit|remboursé*|proposé*)
nous nous souvenons de (?:vous|toi)
cuando (?:usted )?(?:vino|vinieron|viniste|estuvo|estuviste|llegó|llegaste)
usted (?:vino|pagó|firmó|estuvo|recibió|aceptó|rechazó|pidió|eligió|fue|tuvo|dijo|decidió|insistió|salió)
(?:pagaste|viniste|firmaste|estuviste|recibiste|aceptaste|rechazaste|fumaste)
(?:su|tu) (?:operación|cirugía|tratamiento|estancia|cita|intervención|pago|anticipo|factura|consulta con nosotros|alta|diagnóstico|radiografía|anestesia)
(?:sus|tus) (?:implantes|coronas|dientes|carillas|folículos|radiografías)
(?:le|la|lo|te|os|les) (?:dijimos|explicamos|operamos|atendimos|informamos|tratamos|ofrecimos|recordamos|devolvimos|avisamos|recomendamos|vimos|llamamos)
se (?:le|te) (?:informó|explicó|dijo|operó|ofreció|atendió|advirtió|devolvió)
(?:geldi|ödedi|istedi|imzaladı|oldu|kaldı|aldı|gitti|yaptırdı|içti|başvurdu|uymadı|gelmedi|reddetti|etti|onayladı|ayrıldı)(?:niz|nız|nuz|nüz|ğinizde|ğınızda|ğunuzda|ğünüzde|ğiniz|ğınız|ğunuz)
(?:ameliyat|tedavi|işlem|randevu|operasyon|konaklama|ödeme|implant|implantları|dişleri|ekim|muayene|kapora|taburcu|kaplamaları|ziyaret)(?:n?iniz|n?ınız|n?unuz|n?üniz|nız|niz|nuz|nüz|[iıuü]niz)*
siz(?:e|i|in|inle) ~ (?:söyledik|anlattık|bildirdik|yaptık|verdik|önerdik|ettik|hatırlıyoruz|gördük|ağırladık|söylendi|anlatıldı|bildirildi|yapıldı|verildi|aradık|uyardık|gösterdik)
sizi hatırlıyoruz
size (?:söyledik|anlattık|bildirdik|önerdik|söylendi|anlatıldı|bildirildi|yapıldı|verildi|gösterdik)
вы (?:~ )?(?:были|приехали|пришли|заплатили|оплатили|подписали|получили|отказались|согласились|лежали|находились|проходили|обращались|приезжали|просили|выбрали|курили|уехали|настояли|хотели)
ваш(?:а|у|е|и|ей|его|ем|им|их|ему)? (?:~ )?(?:операци*|лечени*|визит*|приём*|процедур*|пребывани*|имплант*|коронк*|зуб*|выписк*|оплат*|предоплат*|счёт*|консультаци*|анализ*|снимк*|снимок|диагноз*|госпитализаци*)
мы (?:вам|вас|тебе|тебя) ~ *ли
мы (?:вам|вас|тебе|тебя) *ли
мы (?:вас|тебя) (?:хорошо )?помним
(?:вам|вас) (?:сделали|объяснили|сказали|установили|поставили|провели|предупредили|предупреждали|оперировал*|лечили|осмотрел*)
(?:عندما|حين|لما|حينما) (?:جئت*|حضرت*|زرت*|كنت*|وصلت*)
(?:عمليت|علاج|إقامت|موعد|زيارت|زراعت|جلست|فاتورت|زرعات|عربون|خروج|تشخيص|أشعت)(?:ك|كم|كي)
(?:دفعت|وقعت|حضرت|زرت|تلقيت|رفضت|وافقت|غادرت|اخترت|كنت|أجريت)(?:م|ي)? ~ (?:*نا|العيادة|المبلغ|العربون|العملية|العقد|الخطة|المستشفى)
(?:حضرتم|زرتم|دفعتم|تلقيتم|وافقتم|رفضتم|غادرتم|وقعتم|كنتم عندنا|كنتم لدينا)
(?:أخبرناك|عالجناك|فحصناك|نتذكرك|أبلغناك|استقبلناك|نصحناك|حذرناك|رأيناك|أعطيناك)(?:م)?
(?:قلنا|شرحنا|أجرينا|عملنا|ذكرنا|أعدنا|قدمنا|أوضحنا) (?:لك|لكم|إليكم|إليك)
(?:您|你)(?:的)(?:手术|治疗|住院|预约|种植牙|植发|付款|押金|订金|复查|病情|牙|毛囊|退款|麻醉|诊断|发票)
(?:您|你)(?:当时|那天|上次|去年|来的时候|来院|来我们|付了|已付|签了|签字|接受了|做了|同意了|拒绝了|住院|在我们|离开|没有按|抽烟)
我们(?:的医生|医生|团队)?(?:给|为|帮|跟|对|向)(?:您|你)(?:做|治|安排|解释|退|说|讲|检查)
我们(?:已经|当时|曾)?(?:告诉|通知|提醒|记得|治疗|接待|建议)过?(?:了)?(?:您|你)`

const guardRecords = `
(?:our|in the|the) (?:own )?(?:records|files|database|archive|chart|system) (?:show*|say*|state*|indicate*|confirm*|do not|don't|contain*)
(?:our|in our|to our|from our) (?:own )?(?:records|files|database|archive|patient list|booking system|system)
your (?:medical |patient |own )?(?:file|chart|records?|notes|documents|documentation)
according to (?:the|our|your|his|her) (?:chart|files?|records?|notes|documentation)
we (?:have|had|find|found|see|know) no (?:such )?(?:patient|record|trace|file|booking|appointment)
no (?:such )?patient (?:of|with|by|under) ~ *
(?:never|not) (?:been )?(?:our|a) (?:patient|client)
(?:is|was|were|are) (?:indeed |never |not )?(?:our|a) patient (?:of ours|here|at)
(?:patient|client) of ours
we (?:cannot|could not|can't|couldn't) find ~ (?:patient|name|record|file|booking)
(?:never|not) (?:been )?(?:treated|operated|seen|examined|registered) (?:by us|here|at our|with us|in our)
we (?:have )?never (?:treated|saw|seen|met|operated) ~ *
(?:unsere[nrm]?|laut|gemäß|nach) (?:unserer |unseren |der |den )?(?:akten?|unterlagen|aufzeichnungen|kartei|patientenakten?|datenbank|dokumentation)
(?:ihre|ihrer|deine|deiner) (?:akte|krankenakte|patientenakte|unterlagen|kartei)
(?:nie|niemals|nicht|kein|keine) ~ (?:patient|patientin) ~ (?:bei uns|unser*)
(?:nie|niemals|nicht|kein|keine) (?:unser|unsere|bei uns) (?:patient|patientin)
(?:keine[nr]?|nicht) (?:solche[nr]? )?(?:patientin|patienten?) (?:dieses|mit|unter|namens) *
(?:patient|patientin) (?:war|waren|ist) (?:sie )?(?:nie|nicht) *
(?:nie|niemals|nicht) (?:bei uns|von uns|hier) (?:behandelt|operiert|gewesen|in behandlung)
bei uns (?:nie|niemals|nicht) ~ (?:behandelt|operiert|patient*)
(?:selon|d'après) (?:nos|notre|votre|le|les) (?:dossiers?|registres?|archives|fichiers?|documents)
(?:nos|dans nos) (?:dossiers|registres|archives|fichiers)
(?:votre|ton) (?:dossier|fiche)
(?:jamais|pas) (?:été )?(?:notre|une|un|l'une de nos) (?:patiente?|cliente?)
(?:aucune?|pas de) (?:trace|patiente?|dossier) *
jamais (?:été )?(?:soignée?|traitée?|opérée?|venue?) (?:chez nous|ici|par nous|dans notre)
(?:según|en) (?:nuestros|nuestro|su|los) (?:registros?|archivos?|expedientes?|sistema|historial)
(?:su|tu) (?:expediente|historial|historia clínica|ficha)
(?:nunca|no) (?:fue|ha sido|era|es|fuiste) (?:nuestr[oa] |una |un )?(?:paciente|cliente)
no (?:tenemos|hay|encontramos|consta|figura) ~ (?:paciente|registro|constancia|expediente)
nunca (?:la|lo|te|le) (?:hemos |ha |habíamos )?(?:atendido|tratado|operado|atendimos|tratamos)
(?:kayıtlarımız*|arşivimiz*|sistemimiz*|dosyalarımız*|veritabanımız*)
(?:dosyanız*|hasta dosyanız*|kaydınız*|evraklarınız*)
(?:kayıtlara|dosyaya|kayıtlarımıza|dosyanıza) göre
(?:böyle bir|bu isimde|bu adla) ~ (?:hastamız*|hasta|kayıt|danışanımız*) ~ (?:yok*|bulunm*|olmad*)
(?:hiç|asla|hiçbir zaman) ~ (?:hastamız*|tedavi*)
hastamız (?:değil*|olmad*|oldu*|idi*)
(?:по|согласно|в) (?:нашим|наших|нашей|вашей|нашему|данным нашей) (?:записям|записях|данным|документам|документах|базе|карте|архиву|архиве|картотеке)
(?:ваша|вашей|вашу|ваши) (?:карта|карте|карту|история|историю|документы|папка)
(?:никогда )?не (?:были|был|была|являлись|являетесь|значитесь|лечились|обращались) (?:у нас|нашим|нашей|нашим пациентом|нашей пациенткой|к нам|в нашей|пациент*)
(?:такого|такой|такая|такой) пациент*
у нас (?:никогда )?(?:не было|нет|не лечил*|не значи*) ~ *
(?:سجلاتنا|ملفاتنا|أرشيفنا|نظامنا|قاعدة بياناتنا|بسجلاتنا|لسجلاتنا)
(?:حسب|وفق|بحسب) (?:السجلات|الملف|ملفك|ملفكم|سجلاتنا|سجلات|ملفات)
(?:ملفك|ملفكم|سجلك|أوراقك|أوراقكم|ملفك الطبي)
(?:لم|ليس|لست|لستم) (?:تكن|تكوني|تكونوا|لدينا|عندنا)? ?(?:أبدا |يوما )?(?:مريض*|من مرضانا|زبون*)
(?:لا يوجد|ليس|ولا) (?:لدينا|عندنا) (?:مريض*|ملف|سجل|اسم) *
لم (?:نعالج|نستقبل|نجر|تعالج*|تزر*) ~ *
我们的?(?:记录|档案|系统|病历|病历显示|数据库)(?:里|中|上|显示|没有|查)
(?:您|你)的(?:病历|档案|记录|资料|检查单)
(?:根据|按照|依据)(?:病历|记录|档案|我们的)
(?:没有|查无|查不到|不存在)(?:这|该|此|这位|这个)?(?:位|名|个)?(?:病人|患者|客人|记录)
(?:从来|从未|不)(?:不)?(?:是|曾是|在)(?:我们)?(?:的|医院|诊所|这里)?(?:的)?(?:病人|患者|就诊|治疗)`

const guardBlame = `
(?:lawyer*|attorney*|solicitor*|lawsuit*|sue|suing|prosecut*|competitor*|rival clinic*|defam*|slander*|libel*|liar*|lies|lying|blackmail*|extort*|troll*)
(?:legal|judicial) (?:action|steps|proceedings|consequences|measures|department)
(?:in|to|before|through) (?:the )?courts?
(?:fake|false|fraudulent|invented|bogus) (?:~ )?(?:reviews?|accounts?|posts?|stor*|accusations?|claims?|reports?|profiles?)
(?:your|his|her|their) own fault
(?:you|patient) (?:~ )?(?:to blame|failed to follow|did not follow|ignored)
(?:delete|remove|take down|withdraw) (?:this|your|the) (?:review|post|comment|text|report)
(?:anwalt*|anwält*|rechtsanwalt*|gericht|gerichts|klage|verklagen|anzeige erstatten|strafanzeige|verleumd*|rufmord|üble nachrede|lüge*|lügner*|erpress*|konkurren*|mitbewerber*|fake*|betrüger*)
(?:rechtliche|juristische)[nr]? (?:schritte*|maßnahmen|konsequenzen)
(?:falsche|gefälschte|erfundene)[nr]? (?:bewertung*|behauptung*|bericht*|geschicht*)
(?:selbst|selber|eigene) schuld
(?:löschen|entfernen) sie (?:diese*|ihre*|den|das)
(?:avocat*|tribunal|tribunaux|plainte pénale|porter plainte|portons plainte|poursuites?|poursuivre|diffam*|calomni*|mensonges?|menteur*|menteuse*|chantage|concurren*|faux avis|fausse histoire|faux témoignage)
(?:actions?|poursuites|suites) (?:en justice|judiciaires?|légales?)
(?:de )?votre (?:propre )?faute
(?:abogad*|tribunal*|juzgado*|demanda judicial|demandar*|denunciar*|difama*|calumni*|mentiras?|miente|mentiros*|chantaje*|competencia desleal|un competidor|competidor*|reseña falsa|falsas? reseñas?|opinión falsa|historia inventada)
(?:acciones|medidas) (?:legales|judiciales)
(?:es )?(?:por )?(?:su|tu) (?:propia )?culpa
(?:avukat*|mahkeme*|dava|davası|savcılı*|iftira*|yalan|yalanlar*|yalancı*|şantaj*|rakip*|rakib*|sahte (?:yorum*|hesap*|hikaye*)|suç duyurusu*|karalama*|hukuki (?:yol*|işlem*|süreç*)|yasal (?:yol*|işlem*|hakl*))
(?:kendi )?(?:suçunuz*|kabahatiniz*|hatanız*)
(?:yorumu|bu yorumu|yazıyı|bu yazıyı) (?:silin*|kaldırın*)
(?:адвокат*|юрист*|суд|суда|суде|судом|судебн*|иск|клевет*|лож|ложь|лжёт|лжёте|лжец*|врёте|враньё|шантаж*|конкурент*|фейк*|поддельн* отзыв*|заказн* отзыв*|заявление в полици*)
(?:сам|сама|сами) (?:вы )?виноват*
(?:удалите|уберите) (?:этот |свой |ваш )?(?:отзыв|текст|пост)
(?:محامي*|محام|المحامي*|المحكمة|محكمة|القضاء|مقاضا*|دعوى|تشهير*|افتراء*|كذب|كاذب*|كذاب*|أكاذيب|ابتزاز*|منافس*|المنافس*|مزيف*|ملفق*|مفبرك*|احتيال)
(?:بالمحكمة|للقضاء|للمحكمة|بالقضاء|بمحامينا|لمحامينا|محامينا)
(?:إجراءات|الإجراءات|إجراء) (?:قانونية|القانونية|قانوني|قضائية)
(?:خطؤك|خطأك|ذنبك|غلطتك|خطؤكم)
(?:احذف|احذفوا|احذفي|أزيلوا) (?:هذا |هذه )?(?:التعليق|المنشور|التقييم|المراجعة)
律师|法院|法庭|起诉|诽谤|造谣|谣言|撒谎|骗子|敲诈|勒索|同行|竞争对手|水军|假评论|虚假(?:评论|评价)|法律(?:责任|手段|途径)|自己的(?:错|问题|责任)|删除(?:这|该|您|你)`

const guardTreatments = `
(?:implants?|veneers?|dental crowns?|all-on-\w|root canal*|bone graft*|sinus lift*|rhinoplast*|nose job*|septoplast*|facelift*|face lift|eyelid*|blepharoplast*|liposuction|lipo|bbl|tummy tuck|abdominoplast*|breast*|mammoplast*|hair transplant*|fue|dhi|prp|botox|filler*|gastric *|bariatric*|sleeve|bypass|lasik|cataract*|lens replacement|knee replacement*|hip replacement*|ivf|icsi|embryo*|egg donation|c-section|hysterectom*|prostat*|stent*|angioplast*|chemotherap*|radiotherap*|transplantation*)
(?:cancer|tumou?rs?|diabet*|infection*|infected|hepatitis|hiv|obes*|infertil*|periodont*|necrosis|sepsis|thrombosis|embolism|hypertens*|depress*|alopecia|hernia*|fracture*|anaemi*|anemi*|allerg*|pregnan*|smoker*|biopsy)
(?:implantat*|zahnimplantat*|zahnkrone*|krone|kronen|wurzelbehandlung*|knochenaufbau*|nasenkorrektur*|nasen-op|fettabsaugung*|brustvergrößerung*|bruststraffung*|bauchdeckenstraffung*|haartransplantation*|haarverpflanzung*|magenverkleinerung*|schlauchmagen*|magenbypass*|augenlaser*|grauer star|kniegelenk*|knieprothese*|hüftgelenk*|hüftprothese*|künstliche befruchtung|lidstraffung*|facelifting)
(?:krebs*|karzinom*|diabetiker*|infektion*|entzünd*|adipositas|unfruchtbar*|parodont*|nekrose*|thrombose*|bluthochdruck|depression*|haarausfall|leistenbruch|raucher*|schwanger*|wundheilungsstörung*)
(?:couronnes?|facettes?|greffe*|rhinoplastie*|liposuccion*|prothèse*|sleeve|anneau gastrique|cataracte*|fécondation|fiv|abdominoplastie*|lifting*|augmentation mammaire|diabète|infecté*|tumeur*|obésité|stérilité|parodont*|nécrose*|phlébite|grossesse|fumeur*|fumeuse*|hypertension)
(?:implantes?|coronas?|carillas?|injertos?|rinoplastia*|liposucción|prótesis|manga gástrica|balón gástrico|cataratas?|fecundación|fiv|abdominoplastia*|lifting|aumento de pecho|mamoplastia*|diabétic*|infección|infectad*|tumor*|obesidad|esterilidad|necrosis|trombosis|embaraz*|fumador*|cáncer)
(?:implant*|kaplama*|zirkonyum*|saç ekim*|burun estetiği*|rinoplasti*|liposuction*|meme *|karın germe*|mide *|tüp mide*|katarakt*|diz protezi*|kalça protezi*|tüp bebek*|embriyo*|kanal tedavisi*|kanser*|tümör*|şeker hasta*|diyabet*|enfeksiyon*|iltihap*|obezite*|kısırlık*|nekroz*|tansiyon hasta*|gebelik*|hamile*|sigara*)
(?:имплант*|коронк*|винир*|ринопластик*|липосакц*|пересадк*|графт*|протез*|эко|эмбрион*|катаракт*|бандаж*|резекц*|шунтировани*|абдоминопластик*|маммопластик*|рак|опухол*|диабет*|инфекц*|воспалени*|гепатит*|вич|ожирени*|бесплоди*|некроз*|тромбоз*|гипертони*|беременн*|курильщи*)
(?:ال|بال|لل)?(?:زرعات|زراعة|زرعة|تلبيس*|قشور|فينير|عدسات الأسنان|تيجان|تاج|تجميل الأنف|شفط الدهون|شد البطن|تكبير الثدي|تكميم*|بالون المعدة|تحويل المسار|الليزك|ليزك|الماء الأبيض|أطفال الأنابيب|حقن مجهري|الحقن المجهري|أجنة|مفصل الركبة|سرطان|ورم|سكري|التهاب*|عدوى|سمنة|عقم|جلطة|نخر|كبد وبائي|حامل|حمل|مدخن*)
种植牙|种植体|植牙|牙冠|贴面|植发|毛囊|隆鼻|鼻整形|吸脂|隆胸|袖状胃|缩胃|胃旁路|白内障|近视手术|试管|胚胎|关节置换|根管|癌|肿瘤|糖尿病|感染|发炎|肝炎|艾滋|肥胖症|不孕|坏死|血栓|高血压|怀孕|抽烟|骨折`
