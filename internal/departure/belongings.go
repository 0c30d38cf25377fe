package departure

// belonging is what one table holds of somebody. Its columns are chosen one by
// one: hashes and keys say nothing to anybody, and who else took part is theirs
// to tell. Of says which columns of the database it answers for.
type belonging struct {
	Name string
	SQL  string // @account and @person
	Of   []string
}

// ofExperience is the condition for what hangs on one's own experiences.
const ofExperience = ` WHERE experience_id IN (SELECT experience_id FROM authorships WHERE account_id = @account OR person_id = @person)`

// belongings is an export, in the order in which people read it. A test holds it
// against the schema: a column that names an account or a person is here or in
// others.
var belongings = []belonging{
	{"account", `SELECT id, handle, lang, created_at FROM accounts WHERE id = @account`, []string{"accounts.person_id"}},
	{"sign_ins", `SELECT provider, uid, verified_at, retired_at, created_at FROM identities WHERE account_id = @account ORDER BY id`, []string{"identities.account_id"}},
	{"passwords", `SELECT changed_at FROM passwords WHERE account_id = @account`, []string{"passwords.account_id"}},
	{"passkeys", `SELECT name, created_at, used_at FROM passkeys WHERE account_id = @account ORDER BY id`, []string{"passkeys.account_id"}},
	{"recovery_codes", `SELECT created_at, used_at FROM recovery_codes WHERE account_id = @account`, []string{"recovery_codes.account_id"}},
	{"sessions", `SELECT device, created_at, seen_at, expires_at FROM sessions WHERE account_id = @account ORDER BY created_at`, []string{"sessions.account_id"}},
	{"roles", `SELECT role, since FROM platform_roles WHERE account_id = @account`, []string{"platform_roles.account_id"}},
	{"consents", `SELECT purpose, version, given, at FROM consents WHERE account_id = @account ORDER BY id`, []string{"consents.account_id"}},
	{"works", `SELECT o.name AS organisation, f.role, f.kind, f.source, f.title, f.valid_from, f.valid_to FROM affiliations f JOIN organisations o ON o.id = f.organisation_id
		WHERE f.person_id = @person ORDER BY f.id`, []string{"affiliations.person_id"}},
	{"clinics", `SELECT name, country, city, created_at FROM organisations WHERE suggested_by = @account ORDER BY id`, []string{"organisations.suggested_by"}},
	{"invitations", `SELECT organisation_id, created_at FROM staff_invitations WHERE invited_by = @account OR accepted_by = @account`, []string{"staff_invitations.invited_by", "staff_invitations.accepted_by"}},
	{"notifications", `SELECT kind, path, args, count, created_at, read_at FROM notifications WHERE account_id = @account ORDER BY id`, []string{"notifications.account_id"}},

	{"experiences", `SELECT e.public_id, e.pseudonym, o.name AS organisation, p.code AS procedure, e.author_role, e.booked_via, e.origin_country, e.quarter, e.age_band, e.title, e.story, e.lang, e.ai_used, e.incentive,
			e.quoted_minor, e.quoted_currency, e.paid_minor, e.paid_currency, e.gap_reasons, e.goal, e.goal_achieved, e.would_repeat, e.worth_it, e.complication, e.worst_grade, e.consent_lang, e.interpreter,
			e.nights_before_flight, e.details, e.level, e.state, e.state_why, e.version, e.created_on, e.published_on, e.edited_on
		FROM experiences e JOIN organisations o ON o.id = e.organisation_id JOIN procedures p ON p.id = e.procedure_id
		WHERE e.id IN (SELECT experience_id FROM authorships WHERE account_id = @account OR person_id = @person) ORDER BY e.id`, []string{"authorships.account_id", "authorships.person_id"}},
	{"experience_private", `SELECT experience_id, answers FROM experience_restricted` + ofExperience + ` UNION ALL SELECT experience_id, answers FROM experience_sealed` + ofExperience, nil},
	{"experience_consents", `SELECT experience_id, purpose, text_version, given_at, withdrawn_at FROM experience_consents` + ofExperience, nil},
	{"experience_procedures", `SELECT experience_id, procedure_id, state, quantity, side FROM experience_procedures` + ofExperience, nil},
	{"experience_lines", `SELECT experience_id, line, quoted_minor, paid_minor FROM experience_lines` + ofExperience, nil},
	{"complications", `SELECT experience_id, told, kind, onset_day, grade, treated_where, days_in_hospital, reoperation, payer, resolved FROM complications` + ofExperience, nil},
	{"check_ins", `SELECT experience_id, moment, due_on, status, goal_achieved, worth_it, complication, note, answers, done_on FROM check_ins` + ofExperience, nil},
	{"experience_edits", `SELECT experience_id, version, title, story, written_on, replaced_on FROM experience_edits` + ofExperience, nil},
	{"experience_drafts", `SELECT answers, pseudonym, created_at, updated_at FROM experience_drafts WHERE account_id = @account`, []string{"experience_drafts.account_id"}},
	{"experience_votes", `SELECT e.public_id AS experience, v.value, v.cast_at FROM experience_votes v JOIN experiences e ON e.id = v.experience_id WHERE v.person_id = @person`, []string{"experience_votes.person_id"}},

	{"questions", `SELECT id, title, body, lang, state, created_at, published_at, edited_at FROM questions WHERE author_account_id = @account ORDER BY id`, []string{"questions.author_account_id"}},
	{"question_edits", `SELECT question_id, version, title, body, written_at FROM question_edits WHERE question_id IN (SELECT id FROM questions WHERE author_account_id = @account)`, nil},
	{"replies", `SELECT id, question_id, body, lang, state, created_at, published_at, edited_at FROM replies WHERE author_account_id = @account ORDER BY id`, []string{"replies.author_account_id"}},
	{"reply_edits", `SELECT reply_id, version, body, written_at FROM reply_edits WHERE reply_id IN (SELECT id FROM replies WHERE author_account_id = @account)`, nil},
	{"reply_votes", `SELECT reply_id, value, at FROM reply_votes WHERE account_id = @account OR person_id = @person`, []string{"reply_votes.account_id", "reply_votes.person_id"}},
	{"answers", `SELECT experience_id, body, state, created_at FROM answers WHERE author_account_id = @account`, []string{"answers.author_account_id"}},

	{"packages", `SELECT slug, title, summary, state, draft, created_at, published_at FROM packages WHERE author_account_id = @account OR proposer_person_id = @person ORDER BY id`,
		[]string{"packages.author_account_id", "packages.proposer_person_id"}},
	{"amendments", `SELECT p.slug AS package, a.item_key, a.op, a.new_value, a.reason, a.state, a.created_at FROM amendments a JOIN packages p ON p.id = a.package_id
		WHERE a.author_account_id = @account OR a.author_person_id = @person ORDER BY a.id`, []string{"amendments.author_account_id", "amendments.author_person_id"}},
	{"amendment_responses", `SELECT amendment_id, answer, reason_code, reason, created_at FROM amendment_responses WHERE author_account_id = @account ORDER BY id`, []string{"amendment_responses.author_account_id"}},
	{"package_votes", `SELECT p.slug AS package, v.subject, v.subject_id, v.choice, v.reason, v.stratum, v.created_at FROM package_votes v JOIN packages p ON p.id = v.package_id WHERE v.person_id = @person ORDER BY v.id`,
		[]string{"package_votes.person_id", "package_votes.account_id"}},
	{"package_standings", `SELECT p.slug AS package, v.subject, v.subject_id, v.choice, v.status, v.carried FROM package_standings v JOIN packages p ON p.id = v.package_id WHERE v.person_id = @person`, []string{"package_standings.person_id"}},
	{"package_declarations", `SELECT p.slug AS package, d.tie, d.said_at, d.cleared_at FROM package_declarations d JOIN packages p ON p.id = d.package_id WHERE d.person_id = @person`, []string{"package_declarations.person_id"}},
	{"package_interests", `SELECT p.slug AS package, i.price_max_minor, p.currency, i.readiness, i.window_from, i.window_to, i.must_items, i.state, i.confirmed_at, i.expires_at
		FROM package_interests i JOIN packages p ON p.id = i.package_id WHERE i.person_id = @person OR i.account_id = @account`, []string{"package_interests.person_id", "package_interests.account_id"}},
	{"package_signatories", `SELECT o.name AS organisation, s.name, s.title, s.since, s.until FROM package_signatories s JOIN organisations o ON o.id = s.organisation_id WHERE s.person_id = @person`, []string{"package_signatories.person_id"}},
	{"package_commitments", `SELECT p.slug AS package, c.signer_name, c.signer_title, c.signed_at, c.capacity, c.valid_until, c.state FROM package_commitments c JOIN packages p ON p.id = c.package_id WHERE c.signed_by_person_id = @person`,
		[]string{"package_commitments.signed_by_person_id"}},
	{"package_journeys", `SELECT j.public_id, p.slug AS package, j.stage, j.discharged_on, j.enrolled_at FROM package_journeys j JOIN package_commitments c ON c.id = j.commitment_id JOIN packages p ON p.id = c.package_id
		WHERE j.person_id = @person OR j.account_id = @account`, []string{"package_journeys.person_id", "package_journeys.account_id"}},
	{"package_verdicts", `SELECT j.public_id AS journey, i.key AS item, v.due_on, v.verdict, v.delivered, v.said_at FROM package_verdicts v JOIN package_journeys j ON j.id = v.journey_id JOIN package_items i ON i.id = v.item_id
		WHERE j.person_id = @person OR j.account_id = @account`, nil},
	{"package_refused_needs", `SELECT j.public_id AS journey, n.amendment_id, n.needed FROM package_refused_needs n JOIN package_journeys j ON j.id = n.journey_id WHERE j.person_id = @person OR j.account_id = @account`, nil},
	{"verdict_replies", `SELECT body, created_at FROM package_verdict_replies WHERE author_account_id = @account`, []string{"package_verdict_replies.author_account_id"}},

	{"reports", `SELECT kind, reason, note, created_at FROM reports WHERE account_id = @account OR person_id = @person ORDER BY id`, []string{"reports.account_id", "reports.person_id"}},
	{"decisions", `SELECT kind, decision, reason, statement, title, decided_at FROM moderation_decisions
		WHERE author_id = @account OR kind = 'experience' AND ref IN (SELECT experience_id FROM authorships WHERE account_id = @account) ORDER BY id`, []string{"moderation_decisions.author_id"}},
	{"appeals", `SELECT a.words, a.made_at FROM moderation_appeals a JOIN moderation_decisions d ON d.id = a.decision_id
		WHERE d.author_id = @account OR d.kind = 'experience' AND d.ref IN (SELECT experience_id FROM authorships WHERE account_id = @account)`, nil},
	{"code_batches", `SELECT quarter, codes, made_at FROM visit_batches WHERE made_by = @account`, []string{"visit_batches.made_by"}},
	{"code_declarations", `SELECT quarter, patients, declared_at FROM visit_declarations WHERE declared_by = @account`, []string{"visit_declarations.declared_by"}},
	{"leaving", `SELECT texts, asked_at, due_at FROM departures WHERE account_id = @account`, []string{"departures.account_id"}},
	{"exports", `SELECT asked_at, ready_at FROM exports WHERE account_id = @account`, []string{"exports.account_id", "exports.person_id"}},
}

// others are columns that name an account or a person and are not in an export,
// each with the reason.
var others = map[string]string{
	"persons.merged_into":               "a number that says nothing",
	"passkey_handles.account_id":        "a random number for authenticators",
	"passkey_ceremonies.account_id":     "lives for minutes",
	"account_tokens.account_id":         "hashes of links in mails, which their owner has",
	"sign_in_starts.account_id":         "lives for minutes",
	"affiliations.decided_by":           "who decided it is somebody else, or works for the platform",
	"moderation_cases.opened_by":        "the same is in clinics and reports",
	"moderation_cases.claimed_by":       "work for the platform, about what others wrote",
	"moderation_decisions.moderator_id": "work for the platform, about what others wrote",
	"experience_masks.made_by":          "work for the platform, about what others wrote",
	"package_signatories.named_by":      "about a colleague, who has it in package_signatories",
}
