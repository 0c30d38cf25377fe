package text

import (
	"strings"
	"unicode/utf8"
)

// A word may mean several things to the detectors; lex is all of them.
type lex struct {
	bits  uint32
	value int16 // of a month, a day or a figure
}

const (
	saysCall     uint32 = 1 << iota // a number to call may follow
	saysPassport                    // a passport number
	saysID                          // an identity number
	saysRecord                      // the number of an invoice, a file, a room
	saysNumber                      // "no.", "number", between those and the figures
	saysUnit                        // what was counted: money, milligrams, grafts, nights
	saysMonth
	saysMonthIfCapital // is another word too
	saysDay            // a day of the month in words
	saysFigure         // part of a number read out
	saysOf             // between a day and its month
	saysOn             // a date may follow
	saysTitle          // a name follows
	saysShortTitle     // the same, a full stop may stand between
	saysTitleAfter     // a name stands before
	saysDegree         // stands between a title and the name
	saysAt
	saysDot
	saysNetwork // where people have account names
	saysSite    // an address may follow
)

// signs are meanings of single characters.
var signs = map[rune]lex{
	'€': {bits: saysUnit}, '$': {bits: saysUnit}, '£': {bits: saysUnit}, '₺': {bits: saysUnit}, '₽': {bits: saysUnit}, '¥': {bits: saysUnit}, '₹': {bits: saysUnit}, '%': {bits: saysUnit}, '٪': {bits: saysUnit}, '°': {bits: saysUnit},
	'@': {bits: saysAt},
}

// leakWords are the words of the eight languages. A star stands for any ending.
// Arabic words are found behind "the", "and", "in", "for" as well.
var leakWords = map[uint32]string{
	saysCall: `call* ring phone* telephone* tel telefon* telephon* whatsapp* watsapp* whats wsp wapp wa viber signal mobile mob cell cellphone number* reach text sms contact dial hotline fax
		ruf rufen anruf* angerufen handy* handynummer rufnummer* erreichbar erreichen erreichst durchwahl mobil mobilnummer nummer festnetz schreib
		appel* rappel* joindre joignable portable numero* fixe mobile contactez contacter
		llama* llame* llamo movil* celular* fono contacta* escribe* escribid numero tfno tlf
		ara arayin arayabilir* arayin* ulasin* ulasabilir* telefonum* numaram* numarasi* cep gsm iletisim yazin wp
		звони* позвони* набери* тел телефон* мобил* сотов* ватсап* вотсап* вацап* вайбер* номер* пиши* связ*
		اتصل* اتصلوا واتساب* واتس* الواتس* وتساب هاتف* هاتفي تلفون* تليفون* جوال* موبايل* موبيل رقمي رقمه رقمها للتواصل تواصل* كلموني راسلوني كلمني نمره ارسل
		电话 手机 打电话 致电 联系 微信 热线 号码 拨打 来电 座机 传真 联系方式 电联 加我`,
	saysPassport: `passport* reisepass* passnummer passeport* pasaporte* pasaport* паспорт* загранпаспорт* جواز* باسبور* الجواز 护照 护照号`,
	saysID: `ssn nin nric aadhaar aadhar pesel cpf dni nie nif tckn tc kimlik* identitat* personalausweis* ausweis* ausweisnummer sozialversicherungsnummer* versichertennummer* krankenversicherungsnummer
		identite* cni inss securite* identidad cedula curp rut снилс инн удостоверени* هويه* اقامه* الرقم القومي قومي وطني مدني
		身份证 身份证号 证件号 社保号 identity id residence iqama emirates insurance nhs`,
	saysRecord: `invoice* file record chart mrn folder room suite ward booking reservation receipt ref reference case patient* admission order voucher
		rechnung* akte* aktenzeichen patientenakte patientennummer fallnummer zimmer zimmernummer buchung* buchungsnummer bestellnummer belegnummer vorgangsnummer rechnungsnummer kundennummer
		facture* dossier* chambre* reservation* recu lit
		factura* expediente* habitacion* historia reserva recibo pedido cama
		fatura* dosya* oda odasi odada protokol* rezervasyon* makbuz hasta basvuru kabul
		счет* счёт* палат* карт* истори* болезни бронь брон* чек* квитанц* договор* комнат* дело дела накладн*
		فاتوره* فواتير ملف* ملفي غرفه* حجز* ايصال مريض سرير جناح
		发票 发票号 病历 病历号 病房 房间 房号 住院号 就诊号 订单 订单号 预约号 档案 床位`,
	saysNumber: `no nr nº n num number* nummer numero* numarasi numarali numaram numarasiydi номер* رقم رقمه رقمها رقمي برقم 号 号码 编号 为 是 号是 is was war ist lautet lautete est era es fue было numara numarayi id code kodu код clinica clinico medica`,
	saysUnit: `eur euro* usd dollar* dolar* gbp pound* pfund try tl lira* lire* rub руб* рубл* chf franken francs aed درهم ريال* دولار* يورو جنيه* ليره* دينار евро доллар* лир* cny rmb yuan 元 块 欧元 美元 人民币 里拉 英镑 万 k
		mg mcg g gr gram* gramm* kg ml l cc cl mm cm m km мг мкг г гр кг мл мм см км iu ie ui me ед جم ملغ* غرام* كغ كيلو* سم مم مل ملم وحده 毫克 克 公斤 毫升 毫米 厘米 公里 单位 斤
		graft* greft* grefts transplantat* грефт* графт* بصيله* طعم طعوم graf injerto* follicul* foliculo* folikul* 毛囊 单位
		day* tag tage tagen jour* dia dias gun* день дня дней дни يوم* ايام 天 日间
		night* nacht nachte nachten nuit* noche* gece* ноч* ليله* ليال* 晚 夜
		hour* hr hrs h uhr stunde* heure* hora* saat* час* ساعه* ساعات 小时 点 点钟 minute* min minuten dakika* минут* мин دقيقه* دقائق 分钟
		week* woche* semaine* semana* hafta* недел* اسبوع* اسابيع 周 星期 month* monat* mois mes meses ay ayda aylik месяц* شهر* اشهر شهور 个月 年 year* jahr* an ans ano anos yil* yas* лет год* года سنه* سنوات عام اعوام 岁
		percent prozent pourcent porciento yuzde процент* بالمئه times mal fois veces kez раз مرات مره 次 x
		people personen personnes personas kisi* kisilik человек اشخاص شخص 人 patients patienten pacientes реviews beds betten lits camas yatak`,
	saysOf:   `of de del d der des die von vom den the da du el من في из и`,
	saysOn:   `on am vom den le el seit since bis until ab from du au tarihinde dated datum date fecha дата يوم بتاريخ تاريخ 于`,
	saysDot:  `dot punkt punto point nokta точка тчк نقطه دوت 点`,
	saysAt:   `at et a arroba arobase arrobas aet klammeraffe собака собачка эт ат ات ايت اتسايت kuyruklu 艾特 圈`,
	saysSite: `website site web webseite seite sayfa* sayfasi сайт* موقع* 网站 网址 homepage pagina domain internetseite adresse adresi`,
	saysNetwork: `instagram insta ig telegram tg facebook fb messenger snapchat snap tiktok twitter skype line wechat weixin vk вк вконтакте инстаграм* инстаграмм* инста телеграм* телеграмм* телега скайп
		انستغرام انستقرام تليجرام تليغرام انستا انستجرام تيليجرام تلغرام تلجرام تيلغرام سناب سناب شات فيسبوك تيك 微信 微信号 weibo 微博 qq 抖音 小红书`,
	saysShortTitle: `dr dra prof mr mrs ms sr sra srta mme mlle uzm doc yrd hr fr д-р др د dott hem`,
	saysTitle: `doctor professor nurse mister miss madam surgeon matron translator interpreter coordinator driver anaesthetist anesthesiologist physiotherapist
		herr herrn frau doktor krankenschwester schwester pfleger dolmetscherin dolmetscher koordinatorin
		docteur docteure professeur professeure monsieur madame mademoiselle infirmiere infirmier traductrice traducteur coordinatrice chirurgien interprete
		doctora profesor profesora senor senora enfermera enfermero traductora traductor coordinadora cirujano don dona
		hemsire hekim profesor doktoru cevirmen cevirmenimiz koordinator tercuman tercumanimiz sayin sofor
		доктор* врач* медсестр* профессор* господин* госпож* хирург* переводчи* координатор* сестра анестезиолог*
		دكتور دكتوره طبيب طبيبه ممرض ممرضه استاذ استاذه سيد سيده بروفيسور بروفسور مترجم مترجمه منسق منسقه جراح حكيم`,
	saysTitleAfter:     `bey beyin beye beyi beyle hanim hanimin hanima hanimi hanimla hoca hocam hocanin 医生 护士 先生 女士 教授 主任 大夫 医师 小姐 翻译`,
	saysDegree:         `med dent dr prof habil op uzm doc opr univ msc phd md yrd dipl`,
	saysMonthIfCapital: `may:5 march:3 mar:3 ekim:10 ocak:1 mart:3 sept:9 dec:12 kasim:11 set:9 ara:12 dez:12 eki:10 juin:6 mars:3 jan:1 jun:6 jul:7 nov:11 oct:10 okt:10 out:10 apr:4 feb:2 aug:8 sep:9 avr:4 oca:1`,
	saysMonth: `january:1 february:2 april:4 june:6 july:7 august:8 september:9 october:10 november:11 december:12
		januar:1 februar:2 marz:3 maerz:3 mai:5 juni:6 juli:7 oktober:10 dezember:12 janner:1
		janvier:1 fevrier:2 avril:4 juillet:7 aout:8 septembre:9 octobre:10 novembre:11 decembre:12 janv:1 fevr:2 juil:7
		enero:1 febrero:2 marzo:3 abril:4 mayo:5 junio:6 julio:7 agosto:8 septiembre:9 setiembre:9 octubre:10 noviembre:11 diciembre:12
		subat*:2 nisan*:4 mayis*:5 haziran*:6 temmuz*:7 agustos*:8 eylul*:9 aralik*:12
		январ*:1 феврал*:2 марта:3 апрел*:4 мая:5 июня:6 июля:7 август*:8 сентябр*:9 октябр*:10 ноябр*:11 декабр*:12 янв:1 фев:2 апр:4 авг:8 сент:9 окт:10 нояб:11 дек:12
		يناير:1 فبراير:2 مارس:3 ابريل:4 مايو:5 يونيو:6 يوليو:7 اغسطس:8 سبتمبر:9 اكتوبر:10 نوفمبر:11 ديسمبر:12
		شباط:2 اذار:3 نيسان:4 ايار:5 حزيران:6 تموز:7 ايلول:9 تشرين:10 كانون:12 جانفي:1 فيفري:2 افريل:4 جوان:6 جويليه:7 اوت:8 رمضان:9 شوال:10 شعبان:8 محرم:1`,
	saysDay: `first:1 second:2 third:3 fourth:4 fifth:5 sixth:6 seventh:7 eighth:8 ninth:9 tenth:10 eleventh:11 twelfth:12 thirteenth:13 fourteenth:14 fifteenth:15 sixteenth:16 seventeenth:17 eighteenth:18 nineteenth:19 twentieth:20 thirtieth:30
		erste:1 ersten:1 erster:1 zweite:2 zweiten:2 zweiter:2 dritte:3 dritten:3 dritter:3 vierte:4 vierten:4 vierter:4 funfte:5 funften:5 funfter:5 sechste:6 sechsten:6 siebte:7 siebten:7 siebter:7 achte:8 achten:8 achter:8 neunte:9 neunten:9 zehnte:10 zehnten:10 zehnter:10 elfte:11 elften:11 zwolfte:12 zwolften:12 zwolfter:12 dreizehnten:13 vierzehnten:14 funfzehnten:15 sechzehnten:16 siebzehnten:17 achtzehnten:18 neunzehnten:19 zwanzigsten:20 einundzwanzigsten:21 zweiundzwanzigsten:22 dreiundzwanzigsten:23 vierundzwanzigsten:24 funfundzwanzigsten:25 dreissigsten:30 einunddreissigsten:31
		premier:1 deux:2 trois:3 quatre:4 cinq:5 six:6 sept:7 huit:8 neuf:9 dix:10 onze:11 douze:12 treize:13 quatorze:14 quinze:15 seize:16 vingt:20 trente:30
		primero:1 uno:1 dos:2 tres:3 cuatro:4 cinco:5 seis:6 siete:7 ocho:8 nueve:9 diez:10 once:11 doce:12 trece:13 catorce:14 quince:15 dieciseis:16 diecisiete:17 dieciocho:18 diecinueve:19 veinte:20 veintiuno:21 veintidos:22 veintitres:23 veinticuatro:24 veinticinco:25 treinta:30
		bir:1 iki:2 uc:3 dort:4 bes:5 alti:6 yedi:7 sekiz:8 dokuz:9 on:10 yirmi:20 otuz:30
		первого:1 первое:1 второго:2 второе:2 третьего:3 третье:3 четвертого:4 четвертое:4 пятого:5 пятое:5 шестого:6 седьмого:7 восьмого:8 девятого:9 десятого:10 десятое:10 одиннадцатого:11 двенадцатого:12 двенадцатое:12 тринадцатого:13 четырнадцатого:14 пятнадцатого:15 пятнадцатое:15 шестнадцатого:16 семнадцатого:17 восемнадцатого:18 девятнадцатого:19 двадцатого:20 двадцать:20 тридцатого:30
		اول:1 ثاني:2 ثالث:3 رابع:4 خامس:5 سادس:6 سابع:7 ثامن:8 تاسع:9 عاشر:10 عشر:10 عشرين:20 عشرون:20 ثلاثين:30`,
	saysFigure: `zero one two three four five six seven eight nine oh nought double triple treble
		null ein eins zwei zwo drei vier funf fuenf sechs sieben acht neun zehn elf zwolf dreizehn vierzehn funfzehn sechzehn siebzehn achtzehn neunzehn zwanzig dreissig vierzig funfzig sechzig siebzig achtzig neunzig doppel
		un deux trois quatre cinq sept huit neuf dix onze douze treize quatorze quinze seize vingt trente quarante cinquante soixante cent
		cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis diecisiete dieciocho diecinueve veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa doble
		sifir bir iki uc dort bes alti yedi sekiz dokuz on yirmi otuz kirk elli altmis yetmis seksen doksan yuz
		ноль нуль один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать тринадцать четырнадцать пятнадцать шестнадцать семнадцать восемнадцать девятнадцать двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто сто двести триста четыреста пятьсот шестьсот семьсот восемьсот девятьсот
		صفر واحد اثنان اثنين ثلاثه اربعه خمسه سته سبعه ثمانيه تسعه
		〇 零 一 二 三 四 五 六 七 八 九 幺 两`,
}

var (
	leakExact, leakStems = leakLexicon()
	longestStem          = longest(leakStems)
)

func leakLexicon() (exact, stems map[string]lex) {
	exact, stems = map[string]lex{}, map[string]lex{}
	for bit, words := range leakWords {
		for w := range strings.FieldsSeq(words) {
			w, value, _ := strings.Cut(w, ":")
			n := int16(0)
			for _, d := range value {
				n = n*10 + int16(d-'0')
			}
			into := exact
			w, star := strings.CutSuffix(w, "*")
			if star {
				into = stems
			}
			w = foldString(w)
			l := into[w]
			l.bits |= bit
			if n > 0 {
				l.value = n
			}
			into[w] = l
		}
	}
	return exact, stems
}

func longest(m map[string]lex) (n int) {
	for w := range m {
		n = max(n, len(w))
	}
	return n
}

// meaning returns what a folded word says.
func meaning(w string) lex {
	l := meaningOf(w)
	if w[0] < utf8.RuneSelf || l.bits != 0 {
		return l
	}
	for _, prefix := range arabicPrefixes {
		if rest, ok := strings.CutPrefix(w, prefix); ok && len(rest) >= 4 {
			if l := meaningOf(rest); l.bits != 0 {
				return l
			}
		}
	}
	return l
}

// arabicPrefixes are written with the word they belong to.
var arabicPrefixes = []string{"وال", "بال", "فال", "كال", "لل", "ال", "و", "ب", "ل", "ف"}

func meaningOf(w string) lex {
	l := leakExact[w]
	for i := range w {
		if i < 2 {
			continue
		}
		if i > longestStem {
			return l
		}
		l = both(l, leakStems[w[:i]])
	}
	return both(l, leakStems[w])
}

func both(a, b lex) lex {
	a.bits |= b.bits
	if b.value != 0 {
		a.value = b.value
	}
	return a
}

// longestHan is how many characters of Chinese a word of the lists may have.
const longestHan = 4

// hanWord returns the longest known word at the start of s, which begins with a
// Chinese character; an unknown character is a word of its own.
func hanWord(s string) (n int, l lex) {
	for i, r := range s {
		if i/3 >= longestHan || !isHan(r) {
			break
		}
		end := i + utf8.RuneLen(r)
		if n == 0 {
			n = end
		}
		if found := both(leakExact[s[:end]], leakStems[s[:end]]); found.bits != 0 {
			n, l = end, found
		}
	}
	return n, l
}
