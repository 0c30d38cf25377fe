package httpd

import (
	"net/netip"
	"time"

	"github.com/labstack/echo/v4"
)

// Place is from where a request came. It stays in memory: whoever keeps
// something of it keeps a keyed hash.
type Place struct {
	Device  string       // the mark of the device; empty where it has none
	Network netip.Prefix // the /24 (IPv4) or /64 (IPv6) around the address; the zero Prefix where that says nothing
}

// PlaceOf is from where the request came.
func PlaceOf(c echo.Context) Place {
	return Place{Device: readCookie(c.Request(), of(c).cookieName(deviceCookie)), Network: networkOf(exchangeOf(c).ip)}
}

// networkOf is the network around an address. That of this machine, or one that
// is private, is a proxy's or a test's and nobody's in particular.
func networkOf(ip netip.Addr) netip.Prefix {
	ip = ip.Unmap()
	if !ip.IsValid() || ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast() {
		return netip.Prefix{}
	}
	bits := 24
	if ip.Is6() {
		bits = 64
	}
	p, err := ip.WithZone("").Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}

const (
	deviceCookie = "d"
	deviceLife   = 30 * 24 * time.Hour
)

// MarkDevice returns the mark of the device: chance, from which nothing else
// follows. A device without one gets it with the answer, and each time it is
// asked for it lasts another 30 days.
func MarkDevice(c echo.Context) string {
	s := of(c)
	mark := readCookie(c.Request(), s.cookieName(deviceCookie))
	if len(mark) != markChars {
		mark = random(markBytes)
	}
	s.setCookie(c, deviceCookie, mark, time.Now().Add(deviceLife))
	return mark
}

// A mark is 144 bits of chance.
const (
	markBytes = 18
	markChars = 24
)
