package experience

import (
	"strconv"
	"strings"
)

// number reads a whole number, in Latin, Arabic or Persian figures; nil for
// anything else.
func number(s string) *int {
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= '٠' && r <= '٩':
			return r - '٠' + '0'
		case r >= '۰' && r <= '۹':
			return r - '۰' + '0'
		}
		return r
	}, strings.TrimSpace(s))
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return nil
	}
	return &n
}

func itoa(n int) string { return strconv.Itoa(n) }
