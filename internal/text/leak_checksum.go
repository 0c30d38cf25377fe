package text

// luhn reports whether the figures of s satisfy ISO/IEC 7812, as the numbers of
// payment cards do.
func luhn(s string) bool {
	sum := 0
	for i := range len(s) {
		d := int(s[len(s)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// mod97 returns the remainder of ISO 7064 of small letters and figures.
func mod97(s string) int {
	n := 0
	for i := range len(s) {
		if c := s[i]; c <= '9' {
			n = (n*10 + int(c-'0')) % 97
		} else {
			n = (n*100 + int(c-'a') + 10) % 97
		}
	}
	return n
}

// weighted is the sum of figures times weights.
func weighted(s string, weights ...int) (n int) {
	for i, w := range weights {
		n += int(s[i]-'0') * w
	}
	return n
}

// turkishID: T.C. Kimlik No, 11 figures; the tenth and the last are checks.
func turkishID(s string) bool {
	if len(s) != 11 || s[0] == '0' {
		return false
	}
	odd := weighted(s, 1, 0, 1, 0, 1, 0, 1, 0, 1)
	even := weighted(s, 0, 1, 0, 1, 0, 1, 0, 1)
	tenth := ((odd*7-even)%10 + 10) % 10
	return tenth == int(s[9]-'0') && weighted(s, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)%10 == int(s[10]-'0')
}

// pesel: Poland, 11 figures that begin with a date of birth.
func pesel(s string) bool {
	if len(s) != 11 {
		return false
	}
	month, day := weighted(s[2:], 10, 1)%20, weighted(s[4:], 10, 1)
	return month >= 1 && month <= 12 && weighted(s[2:], 10, 1) < 40 && day >= 1 && day <= 31 &&
		weighted(s, 1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)%10 == 0
}

// cpf: Brazil, 11 figures of which the last two are checks.
func cpf(s string) bool {
	if len(s) != 11 || same(s) {
		return false
	}
	check := func(n int) bool {
		sum := 0
		for i := range n {
			sum += int(s[i]-'0') * (n + 1 - i)
		}
		return sum*10%11%10 == int(s[n]-'0')
	}
	return check(9) && check(10)
}

// snils: Russia's insurance number, 11 figures of which the last two are a check.
func snils(s string) bool {
	if len(s) != 11 || same(s) {
		return false
	}
	sum := weighted(s, 9, 8, 7, 6, 5, 4, 3, 2, 1) % 101 % 100
	return sum == weighted(s[9:], 10, 1)
}

// inn: Russia's tax number of a person, 12 figures.
func inn(s string) bool {
	return len(s) == 12 && !same(s) &&
		weighted(s, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)%11%10 == int(s[10]-'0') &&
		weighted(s, 3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)%11%10 == int(s[11]-'0')
}

// chineseID: 17 figures with a date of birth and a check, "x" for ten (ISO 7064
// mod 11-2).
func chineseID(s string) bool {
	if len(s) != 18 || s[6:8] != "19" && s[6:8] != "20" {
		return false
	}
	sum := weighted(s, 7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
	return "10x98765432"[sum%11] == s[17]
}

// emiratesID: 15 figures that begin with the number of the country.
func emiratesID(s string) bool { return len(s) == 15 && s[:3] == "784" && luhn(s) }

// saudiID: 10 figures, the first 1 for citizens and 2 for residents.
func saudiID(s string) bool { return len(s) == 10 && (s[0] == '1' || s[0] == '2') && luhn(s) }

// egyptianID: 14 figures: century, date of birth, place, number.
func egyptianID(s string) bool {
	if len(s) != 14 || s[0] != '2' && s[0] != '3' {
		return false
	}
	month, day := weighted(s[3:], 10, 1), weighted(s[5:], 10, 1)
	return month >= 1 && month <= 12 && day >= 1 && day <= 31 && weighted(s[7:], 10, 1) < 89
}

// frenchID: the number of the social insurance, 13 figures and a check of two.
func frenchID(s string) bool {
	if len(s) != 15 || s[0] != '1' && s[0] != '2' {
		return false
	}
	return (97-mod97(s[:13]))%97 == weighted(s[13:], 10, 1)%97
}

// spanishID: DNI, 8 figures and a letter of check; NIE begins with x, y or z.
func spanishID(s string) bool {
	if len(s) != 9 {
		return false
	}
	n := 0
	for i := range 8 {
		c := s[i]
		switch {
		case i == 0 && c >= 'x' && c <= 'z':
			c = c - 'x' + '0'
		case c < '0' || c > '9':
			return false
		}
		n = n*10 + int(c-'0')
	}
	return "trwagmyfpdxbnjzsqvhlcke"[n%23] == s[8]
}

// aadhaar: India, 12 figures with the check of Verhoeff, which is worked in the
// group of the symmetries of a pentagon.
func aadhaar(s string) bool {
	if len(s) != 12 || s[0] < '2' {
		return false
	}
	return verhoeff(s)
}

func verhoeff(s string) bool {
	// permuted[i] is how often the permutation has worked on the figure there.
	permutation := [10]int{1, 5, 7, 6, 2, 8, 3, 0, 9, 4}
	c := 0
	for i := range len(s) {
		d := int(s[len(s)-1-i] - '0')
		for range i % 8 {
			d = permutation[d]
		}
		c = pentagon(c, d)
	}
	return c == 0
}

// pentagon multiplies two symmetries of a pentagon: 0-4 turn it, 5-9 mirror it.
func pentagon(a, b int) int {
	switch {
	case a < 5 && b < 5:
		return (a + b) % 5
	case a < 5:
		return 5 + (a+b)%5
	case b < 5:
		return 5 + (a-b+5)%5
	}
	return (a - b + 5) % 5
}

func same(s string) bool {
	for i := range len(s) {
		if s[i] != s[0] {
			return false
		}
	}
	return true
}

// mrzCheck reports whether the figure c is the check of the field s of a
// machine readable line (ICAO 9303).
func mrzCheck(s string, c byte) bool {
	sum := 0
	for i := range len(s) {
		v := 0
		switch b := s[i]; {
		case b >= '0' && b <= '9':
			v = int(b - '0')
		case b >= 'a' && b <= 'z':
			v = int(b-'a') + 10
		}
		sum += v * [3]int{7, 3, 1}[i%3]
	}
	return c >= '0' && c <= '9' && sum%10 == int(c-'0')
}

// ibanLengths are the lengths of account numbers by country (ISO 13616).
var ibanLengths = map[string]int{
	"ad": 24, "ae": 23, "al": 28, "at": 20, "az": 28, "ba": 20, "be": 16, "bg": 22, "bh": 22, "br": 29, "by": 28, "ch": 21, "cy": 28, "cz": 24, "de": 22, "dk": 18,
	"ee": 20, "eg": 29, "es": 24, "fi": 18, "fr": 27, "gb": 22, "ge": 22, "gi": 23, "gr": 27, "hr": 21, "hu": 28, "ie": 22, "il": 23, "iq": 23, "is": 26, "it": 27,
	"jo": 30, "kw": 30, "kz": 20, "lb": 28, "li": 21, "lt": 20, "lu": 20, "lv": 21, "ly": 25, "mc": 27, "md": 24, "me": 22, "mk": 19, "mt": 31, "mu": 30, "nl": 18,
	"no": 15, "om": 23, "pk": 24, "pl": 28, "ps": 29, "pt": 25, "qa": 29, "ro": 24, "rs": 22, "ru": 33, "sa": 24, "se": 24, "si": 19, "sk": 24, "sm": 27, "tn": 24,
	"tr": 26, "ua": 29, "va": 22, "xk": 20,
}
