-- +goose Up

CREATE EXTENSION IF NOT EXISTS unaccent;
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- Words as they are written, without accents: for names, and for languages that
-- have no stemmer. Stems have a vector of their own, because taking accents off
-- before a stemmer breaks it (Turkish "kliniği").
CREATE TEXT SEARCH CONFIGURATION simple_u (COPY = simple);
ALTER TEXT SEARCH CONFIGURATION simple_u ALTER MAPPING FOR hword, hword_part, word WITH unaccent, simple;

-- What can be found, as everybody may read it: questions and names in one table,
-- replies, which are far more, in another. Written by the index job only, out of
-- what the features tell.
--
-- Both vectors also hold marks that no parser makes and no query can spell
-- (they have a space inside): 'k 1' the kind, 'c TR' the country, 'p 12' the
-- procedure. With them one index scan finds words and filters together.
--
-- A search reads hundreds of these rows and shows twenty, so that what is only
-- shown stands in a table of its own.
CREATE TABLE search_titles (
	ref_id        bigint NOT NULL,
	entry         bigint NOT NULL,            -- what it is shown under: itself
	bumped_at     timestamptz NOT NULL,       -- last activity; infinity for names, which do not grow old
	weight        double precision NOT NULL,  -- its rank is multiplied by this: verified, quality, age
	kind          smallint NOT NULL,          -- 1 question, 3 clinic, 4 clinician, 5 procedure
	config        regconfig NOT NULL,         -- stemmer of tsv_lang
	index_version integer NOT NULL,           -- of the code that made the row
	tsv_lang      tsvector NOT NULL,          -- stems by config
	tsv_simple    tsvector NOT NULL,          -- plain words
	title_key     text NOT NULL,              -- folded: an equal search comes first
	PRIMARY KEY (kind, ref_id)
)
-- Vectors stay in the row and uncompressed: ranking reads them.
WITH (toast_tuple_target = 8160);
ALTER TABLE search_titles ALTER tsv_lang SET STORAGE MAIN, ALTER tsv_simple SET STORAGE MAIN;
-- The job writes through the pending lists, which is ten times faster than word
-- by word, and empties them when it is done, since every search reads them.
CREATE INDEX search_titles_lang ON search_titles USING gin (tsv_lang) WITH (gin_pending_list_limit = 2048);
CREATE INDEX search_titles_simple ON search_titles USING gin (tsv_simple) WITH (gin_pending_list_limit = 2048);
CREATE INDEX search_titles_recent ON search_titles (bumped_at DESC);
CREATE INDEX search_titles_key ON search_titles (title_key);
CREATE INDEX search_titles_version ON search_titles (index_version);

-- Replies stand on shelves of 8,192 by their number, which grows with time. A
-- search of common words looks into the newest shelves only, each of which has
-- indexes of its own; the job makes a shelf when the first reply is for it.
CREATE TABLE search_replies (
	ref_id        bigint PRIMARY KEY,
	entry         bigint NOT NULL,            -- its question
	weight        double precision NOT NULL,
	visibility    smallint NOT NULL,          -- 0 everybody; 1 nobody for now, because its question is hidden
	config        regconfig NOT NULL,
	index_version integer NOT NULL,
	tsv_lang      tsvector NOT NULL,
	tsv_simple    tsvector NOT NULL
) PARTITION BY RANGE (ref_id);
ALTER TABLE search_replies ALTER tsv_lang SET STORAGE MAIN, ALTER tsv_simple SET STORAGE MAIN;
CREATE INDEX search_replies_lang ON search_replies USING gin (tsv_lang) WITH (gin_pending_list_limit = 2048);
CREATE INDEX search_replies_simple ON search_replies USING gin (tsv_simple) WITH (gin_pending_list_limit = 2048);
CREATE INDEX search_replies_entry ON search_replies (entry);
CREATE INDEX search_replies_version ON search_replies (index_version);

-- What is shown of a document that was found.
CREATE TABLE search_texts (
	kind         smallint NOT NULL,
	ref_id       bigint NOT NULL,
	parent_id    bigint NOT NULL,            -- question of a reply, whose title it carries
	clinic_id    bigint NOT NULL,
	procedure_id bigint NOT NULL,
	country      text NOT NULL,
	lang         text NOT NULL,              -- two letters, '' if not known
	title        text NOT NULL,
	context      text NOT NULL,              -- clinic, city, surgeon
	path         text NOT NULL,
	author       jsonb NOT NULL,             -- as shown beside the text
	verified     boolean NOT NULL,
	created_at   timestamptz NOT NULL,
	near         text NOT NULL,              -- title and names folded, of names only: for "did you mean"
	body         text NOT NULL,              -- words as written, at most 200 kB
	PRIMARY KEY (kind, ref_id)
);
CREATE INDEX search_texts_parent ON search_texts (parent_id) WHERE kind = 2;
CREATE INDEX search_texts_near ON search_texts USING gin (near gin_trgm_ops) WHERE kind IN (3, 4, 5);

-- Names of which a part looks like q, from half alike on, and how much whole words
-- of them do; the operator, which the index can
-- serve, takes its threshold from a setting.
-- +goose StatementBegin
CREATE FUNCTION search_near(q text, most integer) RETURNS TABLE (kind smallint, ref_id bigint, likeness real)
LANGUAGE sql STABLE SET pg_trgm.word_similarity_threshold = 0.5 AS $$
	SELECT t.kind, t.ref_id, strict_word_similarity(q, t.near) FROM search_texts t
	WHERE t.kind IN (3, 4, 5) AND q <% t.near
	ORDER BY 3 DESC, t.kind, t.ref_id LIMIT most
$$;
-- +goose StatementEnd

-- What waits for the index: a row for every change, in the transaction of the
-- change. Rows are only added and taken, so that nobody waits for the job.
CREATE TABLE search_queue (
	id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	kind   smallint NOT NULL,
	ref_id bigint NOT NULL
);

-- Words and phrases that mean the same, in every language: each set is one
-- concept, and a text with any of them is found by all of them.
CREATE TABLE search_synonyms (
	concept integer NOT NULL,
	phrase  text NOT NULL,
	PRIMARY KEY (concept, phrase)
);
INSERT INTO search_synonyms (concept, phrase)
SELECT c.concept, trim(p) FROM (VALUES
	(1, 'rhinoplasty; nose job; nose surgery; rinoplastia; rinoplasti; rhinoplastie; Nasenkorrektur; Nasenoperation; cirugía de nariz; burun estetiği; ринопластика; пластика носа; تجميل الأنف; عملية الأنف; جراحة الأنف; 隆鼻; 鼻整形'),
	(2, 'hair transplant; hair transplantation; hair restoration; FUE; FUT; DHI; Haartransplantation; Haarverpflanzung; greffe de cheveux; greffe capillaire; trasplante capilar; injerto capilar; trasplante de pelo; saç ekimi; пересадка волос; трансплантация волос; زراعة الشعر; زراعة شعر; زرع الشعر; زرع شعر; 植发'),
	(3, 'veneers; dental veneers; porcelain veneers; Hollywood smile; Veneers; Zahnverblendung; facettes dentaires; carillas; carillas dentales; diş kaplama; zirkonyum kaplama; виниры; قشور الأسنان; عدسات الأسنان; فينير; ابتسامة هوليوود; 牙贴面'),
	(4, 'gastric sleeve; sleeve gastrectomy; vertical sleeve; VSG; Schlauchmagen; Magenverkleinerung; sleeve gastrique; gastrectomie en manchon; manga gástrica; gastrectomía vertical; tüp mide; mide küçültme; рукавная гастропластика; продольная резекция желудка; تكميم المعدة; عملية التكميم; قص المعدة; 袖状胃切除'),
	(5, 'gastric bypass; roux en y; Magenbypass; bypass gastrique; bypass gástrico; gastrik bypass; mide bypass; шунтирование желудка; تحويل مسار المعدة; تحويل المسار; 胃旁路'),
	(6, 'gastric balloon; Magenballon; ballon gastrique; balón gástrico; balón intragástrico; mide balonu; желудочный баллон; بالون المعدة; 胃球囊'),
	(7, 'dental implant; dental implants; tooth implant; Zahnimplantat; Zahnimplantate; implant dentaire; implants dentaires; implante dental; implantes dentales; diş implantı; implant diş; зубной имплант; зубные импланты; имплантация зубов; زراعة الأسنان; زراعة أسنان; زرع الأسنان; زرعات الأسنان; 种植牙'),
	(8, 'all on 4; all on four; all on 6; all on six; full arch implants'),
	(9, 'liposuction; lipo; fat removal; Fettabsaugung; liposucción; lipoaspiración; liposuccion; yağ aldırma; liposakşın; липосакция; شفط الدهون; 吸脂'),
	(10, 'tummy tuck; abdominoplasty; Bauchdeckenstraffung; abdominoplastie; abdominoplastia; karın germe; абдоминопластика; شد البطن; 腹壁整形'),
	(11, 'breast augmentation; boob job; breast implants; breast enlargement; Brustvergrößerung; augmentation mammaire; aumento de senos; aumento de pecho; mamoplastia de aumento; göğüs büyütme; увеличение груди; تكبير الثدي; تكبير الصدر; 隆胸'),
	(12, 'breast reduction; Brustverkleinerung; réduction mammaire; reducción de senos; reducción mamaria; göğüs küçültme; уменьшение груди; تصغير الثدي; تصغير الصدر; 缩胸'),
	(13, 'brazilian butt lift; BBL; butt lift; popo estetiği; lifting brésilien; levantamiento de glúteos; бразильская подтяжка ягодиц; رفع المؤخرة; تكبير المؤخرة'),
	(14, 'facelift; face lift; rhytidectomy; Gesichtsstraffung; lifting du visage; lifting facial; estiramiento facial; yüz germe; подтяжка лица; شد الوجه; 面部提升'),
	(15, 'eyelid surgery; blepharoplasty; eyelid lift; Lidstraffung; Lidkorrektur; blépharoplastie; blefaroplastia; göz kapağı estetiği; блефаропластика; تجميل الجفون; شد الجفون; 双眼皮'),
	(16, 'IVF; in vitro fertilisation; in vitro fertilization; test tube baby; künstliche Befruchtung; fécondation in vitro; FIV; fecundación in vitro; tüp bebek; ЭКО; экстракорпоральное оплодотворение; أطفال الأنابيب; طفل أنابيب; التلقيح الصناعي; 试管婴儿'),
	(17, 'LASIK; laser eye surgery; SMILE; PRK; Augenlasern; chirurgie laser des yeux; cirugía láser ocular; göz lazer; лазерная коррекция зрения; ليزك; الليزك; تصحيح النظر بالليزر; 近视手术'),
	(18, 'cataract surgery; Grauer Star; opération de la cataracte; cirugía de cataratas; katarakt ameliyatı; операция катаракты; المياه البيضاء; الماء الأبيض; 白内障手术'),
	(19, 'knee replacement; total knee replacement; TKR; knee arthroplasty; Knieprothese; künstliches Kniegelenk; prothèse de genou; prótesis de rodilla; reemplazo de rodilla; diz protezi; эндопротезирование коленного сустава; замена коленного сустава; تبديل مفصل الركبة; تغيير مفصل الركبة; استبدال الركبة; 膝关节置换'),
	(20, 'hip replacement; total hip replacement; THR; hip arthroplasty; Hüftprothese; künstliches Hüftgelenk; prothèse de hanche; prótesis de cadera; reemplazo de cadera; kalça protezi; эндопротезирование тазобедренного сустава; замена тазобедренного сустава; تبديل مفصل الورك; تغيير مفصل الورك; 髋关节置换'),
	(21, 'gender affirming surgery; gender reassignment surgery; sex reassignment surgery; geschlechtsangleichende Operation; chirurgie de réassignation sexuelle; cirugía de reasignación de sexo; cinsiyet değiştirme ameliyatı'),
	(22, 'bone marrow transplant; stem cell transplant; Knochenmarktransplantation; Stammzelltransplantation; greffe de moelle osseuse; trasplante de médula ósea; kemik iliği nakli; пересадка костного мозга; زراعة النخاع; زرع نخاع العظم; 骨髓移植'),
	(23, 'kidney transplant; renal transplant; Nierentransplantation; greffe de rein; trasplante de riñón; böbrek nakli; пересадка почки; زراعة الكلى; زرع الكلى; 肾移植'),
	(24, 'dental crown; dental crowns; tooth crown; Zahnkrone; couronne dentaire; corona dental; diş kronu; зубная коронка; تاج الأسنان; تلبيس الأسنان; 牙冠'),
	(25, 'aftercare; follow up; after care; Nachsorge; suivi; seguimiento; ameliyat sonrası takip; наблюдение после операции; الرعاية بعد العملية; المتابعة بعد العملية'),
	(26, 'recovery; healing; recovery time; downtime; Erholung; Heilung; récupération; convalescence; recuperación; iyileşme; восстановление; реабилитация; التعافي; فترة النقاهة; النقاهة; 恢复期'),
	(27, 'Türkiye; Turkey; Türkei; Turquie; Turquía; Турция; تركيا; 土耳其'),
	(28, 'Hungary; Ungarn; Hongrie; Hungría; Macaristan; Венгрия; المجر; هنغاريا; 匈牙利'),
	(29, 'Mexico; Mexiko; Mexique; México; Meksika; Мексика; المكسيك; 墨西哥'),
	(30, 'Thailand; Thaïlande; Tailandia; Tayland; Таиланд; تايلاند; تايلند; 泰国')
) AS c (concept, phrases), unnest(string_to_array(c.phrases, ';')) AS p
ON CONFLICT DO NOTHING;
