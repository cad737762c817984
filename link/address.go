package link

import (
	"net/netip"
	"slices"

	"comity"
)

// Where a peer can never be. Endpoints come from another state's chain and
// their addresses from the DNS, so a call to one could be aimed at our own
// network: at the cloud's metadata service, which gives out credentials, first.
var nowhere = prefixes(
	"0.0.0.0/8",                   // unspecified: on Linux, this machine
	"169.254.0.0/16", "fe80::/10", // link-local; AWS, Azure, GCP, OpenStack and Oracle metadata
	"fd00:ec2::/32",           // AWS metadata over IPv6
	"100.100.100.200/32",      // Alibaba Cloud metadata
	"192.0.0.0/24",            // IETF protocol assignments; Oracle metadata
	"168.63.129.16/32",        // Azure's host
	"224.0.0.0/4", "ff00::/8", // multicast
	"240.0.0.0/4",            // reserved, and broadcast
	"fec0::/10",              // site-local, withdrawn
	"2001::/32", "2002::/16", // Teredo and 6to4: an IPv4 address in disguise
	"::/96", "::ffff:0:0:0/96", "64:ff9b:1::/48", // IPv4-compatible, IPv4-translated, private NAT64: likewise
	"100::/64", // discard
)

// Where a peer can be if the operator says so.
var inside = prefixes(
	"127.0.0.0/8", "::1/128",
	"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7",
	"100.64.0.0/10", // shared by a carrier's customers
	"198.18.0.0/15", // for measuring networks
)

var nat64 = netip.MustParsePrefix("64:ff9b::/96")

func prefixes(s ...string) []netip.Prefix {
	p := make([]netip.Prefix, len(s))
	for i := range s {
		p[i] = netip.MustParsePrefix(s[i])
	}
	return p
}

func in(ps []netip.Prefix, a netip.Addr) bool {
	return slices.ContainsFunc(ps, func(p netip.Prefix) bool { return p.Contains(a) })
}

// checkAddress refuses an address at which no peer can be. Loopback and private
// addresses need the operator's word.
func checkAddress(a netip.Addr, private bool) error {
	said := a
	a = a.Unmap()
	if nat64.Contains(a) { // how a network without IPv4 reaches the address in its last 4 bytes
		b := a.As16()
		a = netip.AddrFrom4([4]byte(b[12:]))
	}
	switch {
	case !a.IsValid() || a.Zone() != "" || in(nowhere, a) && !a.IsLoopback():
		return comity.Errorf(comity.Forbidden, "%s is an address at which no peer can be", said)
	case in(inside, a) && !private:
		return comity.Errorf(comity.Forbidden, "%s is a private or loopback address, which this node's operator has not allowed for peers", said)
	}
	return nil
}
