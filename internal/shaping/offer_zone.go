package shaping

import (
	"slices"

	"caravan/internal/db"
	"caravan/internal/provider"
)

// zoneOf is the clock of each country that people travel to for treatment; of
// several, that of the place most of them go to. Names are of the IANA table.
var zoneOf = map[string]string{
	"TR": "Europe/Istanbul", "TH": "Asia/Bangkok", "IN": "Asia/Kolkata", "MY": "Asia/Kuala_Lumpur", "SG": "Asia/Singapore", "KR": "Asia/Seoul",
	"MX": "America/Tijuana", "CR": "America/Costa_Rica", "CO": "America/Bogota", "BR": "America/Sao_Paulo", "DO": "America/Santo_Domingo", "PA": "America/Panama",
	"AE": "Asia/Dubai", "JO": "Asia/Amman", "TN": "Africa/Tunis", "EG": "Africa/Cairo", "HU": "Europe/Budapest", "PL": "Europe/Warsaw", "CZ": "Europe/Prague",
	"ES": "Europe/Madrid", "PT": "Europe/Lisbon", "DE": "Europe/Berlin", "GR": "Europe/Athens", "LT": "Europe/Vilnius", "LV": "Europe/Riga", "HR": "Europe/Zagreb",
	"RO": "Europe/Bucharest", "AL": "Europe/Tirane", "RS": "Europe/Belgrade", "GE": "Asia/Tbilisi", "ZA": "Africa/Johannesburg", "IL": "Asia/Jerusalem",
	"PH": "Asia/Manila", "VN": "Asia/Ho_Chi_Minh", "TW": "Asia/Taipei",
}

// homeZones are the clocks of places that patients come from, for their calls.
var homeZones = []string{
	"Africa/Lagos", "America/Chicago", "America/Denver", "America/Los_Angeles", "America/New_York", "America/Toronto", "Asia/Beirut", "Asia/Baghdad", "Asia/Kuwait",
	"Asia/Qatar", "Asia/Riyadh", "Asia/Tokyo", "Australia/Perth", "Australia/Sydney", "Europe/Amsterdam", "Europe/Copenhagen", "Europe/Dublin", "Europe/London",
	"Europe/Moscow", "Europe/Oslo", "Europe/Paris", "Europe/Rome", "Europe/Stockholm", "Europe/Vienna", "Europe/Zurich", "Pacific/Auckland",
}

// zoneChoices are the clocks to choose from, with the one that is chosen.
func zoneChoices(chosen string) (out []provider.Choice) {
	all := slices.Clone(homeZones)
	for _, z := range zoneOf {
		all = append(all, z)
	}
	if _, err := Zone(chosen); err == nil {
		all = append(all, chosen)
	}
	slices.Sort(all)
	for _, z := range slices.Compact(all) {
		out = append(out, provider.Choice{Value: z, Label: z, Chosen: z == chosen})
	}
	return out
}

// What a draft begins with where nothing better is known.
const (
	firstCurrency = "EUR"
	firstZone     = "Europe/Berlin"
)

// usualOf is the currency and the clock of the country of an organisation.
func (s *Service) usualOf(q *db.Tx, organisationID int64) (currency, zone string, err error) {
	o, err := s.provider.FindOrganisation(q, organisationID)
	if err != nil {
		return "", "", err
	}
	currency, zone = firstCurrency, firstZone
	if d, ok := s.provider.Destination(o.Country); ok {
		currency = d.Currency
	}
	if z, ok := zoneOf[o.Country]; ok {
		zone = z
	}
	return currency, zone, nil
}
