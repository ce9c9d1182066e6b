//! Networks that components may not connect to.

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The networks that the operator blocks; by default none.
#[derive(Debug, Default)]
pub(crate) struct BlockedNetworks {
    networks: Vec<IpNet>,
    private: PrivateNetworks,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum PrivateNetworks {
    #[default]
    Open,
    Blocked,
}

/// Addresses of IPv4 that are not globally reachable, by IANA's registry of special-purpose addresses.
const PRIVATE_V4: [Ipv4Net; 15] = [
    v4([0, 0, 0, 0], 8),
    v4([10, 0, 0, 0], 8),
    v4([100, 64, 0, 0], 10),
    v4([127, 0, 0, 0], 8),
    v4([169, 254, 0, 0], 16),
    v4([172, 16, 0, 0], 12),
    v4([192, 0, 0, 0], 24),
    v4([192, 0, 2, 0], 24),
    v4([192, 88, 99, 0], 24),
    v4([192, 168, 0, 0], 16),
    v4([198, 18, 0, 0], 15),
    v4([198, 51, 100, 0], 24),
    v4([203, 0, 113, 0], 24),
    v4([224, 0, 0, 0], 4),
    // Includes the broadcast address.
    v4([240, 0, 0, 0], 4),
];

/// The same of IPv6. Addresses that stand for one of IPv4 are judged by that.
const PRIVATE_V6: [Ipv6Net; 11] = [
    // The unspecified address, the loopback address, and the former way of writing IPv4 addresses.
    v6([0, 0, 0, 0], 96),
    v6([0x64, 0xff9b, 1, 0], 48),
    v6([0x100, 0, 0, 0], 64),
    v6([0x2001, 0, 0, 0], 23),
    v6([0x2001, 0xdb8, 0, 0], 32),
    v6([0x3fff, 0, 0, 0], 20),
    v6([0x5f00, 0, 0, 0], 16),
    v6([0xfc00, 0, 0, 0], 7),
    v6([0xfe80, 0, 0, 0], 10),
    v6([0xfec0, 0, 0, 0], 10),
    v6([0xff00, 0, 0, 0], 8),
];

impl BlockedNetworks {
    /// Blocks what an entry names: a network in CIDR notation, or `private` for every address that is not globally
    /// reachable.
    ///
    /// # Errors
    /// What is wrong with it, as a sentence without its subject.
    pub(crate) fn add(&mut self, entry: &str) -> Result<(), &'static str> {
        if entry == "private" {
            self.private = PrivateNetworks::Blocked;
            return Ok(());
        }
        let network: IpNet =
            entry.parse().map_err(|_| "is neither a network in CIDR notation, as in `10.0.0.0/8`, nor `private`")?;
        // An IPv4 network that is written as one of IPv6 means the same addresses.
        let mapped = match network {
            IpNet::V6(v6) if v6.prefix_len() >= MAPPED_PREFIX => v6.addr().to_ipv4_mapped(),
            _ => None,
        };
        let network = mapped
            .and_then(|v4| Ipv4Net::new(v4, network.prefix_len().saturating_sub(MAPPED_PREFIX)).ok())
            .map_or(network, IpNet::V4);
        self.networks.push(network.trunc());
        Ok(())
    }

    /// Whether no connection to this address may be made.
    pub(crate) fn blocks(&self, address: IpAddr) -> bool {
        let embedded = match address {
            IpAddr::V4(_) => None,
            IpAddr::V6(v6) => embedded_v4(v6).map(IpAddr::V4),
        };
        [Some(address), embedded].into_iter().flatten().any(|address| {
            let is_blocked_as_private = self.private == PrivateNetworks::Blocked && is_private(address);
            is_blocked_as_private || self.networks.iter().any(|network| network.contains(&address))
        })
    }
}

/// How many bits of an IPv6 address say that the others are one of IPv4.
const MAPPED_PREFIX: u8 = 96;

fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => PRIVATE_V4.iter().any(|network| network.contains(&v4)),
        IpAddr::V6(v6) => PRIVATE_V6.iter().any(|network| network.contains(&v6)),
    }
}

/// The IPv4 address that a connection to an IPv6 address may end at: in the mapped and the compatible form, behind
/// NAT64, and behind 6to4.
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let joined = |high: u16, low: u16| Some(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low)));
    match (a, b, c, d, e, f) {
        (0x64, 0xff9b, 0, 0, 0, 0) => joined(g, h),
        (0x2002, ..) => joined(b, c),
        _ => address.to_ipv4(),
    }
}

const fn v4(octets: [u8; 4], prefix: u8) -> Ipv4Net {
    let [a, b, c, d] = octets;
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(beginning: [u16; 4], prefix: u8) -> Ipv6Net {
    let [a, b, c, d] = beginning;
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0), prefix)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used, reason = "a test")]
    use super::*;

    fn blocking(entries: &[&str]) -> BlockedNetworks {
        let mut blocked = BlockedNetworks::default();
        entries.iter().for_each(|entry| blocked.add(entry).expect("an entry"));
        blocked
    }

    /// The addresses stand in lists with spaces between them.
    fn check(entries: &[&str], blocked: &str, open: &str) {
        let networks = blocking(entries);
        for (addresses, expected) in [(blocked, true), (open, false)] {
            for address in addresses.split_whitespace() {
                assert_eq!(networks.blocks(address.parse().expect("an address")), expected, "{entries:?} {address}");
            }
        }
    }

    #[test]
    fn without_entries_nothing_is_blocked() {
        check(&[], "", "127.0.0.1 ::1 10.0.0.1 169.254.169.254 1.1.1.1");
    }

    #[test]
    fn a_network_is_its_addresses_however_they_are_written() {
        check(
            &["1.1.1.1/32"],
            "1.1.1.1 ::ffff:1.1.1.1 ::1.1.1.1 64:ff9b::1.1.1.1 2002:101:101::1",
            "1.1.1.2 ::ffff:1.1.1.2 2606:4700:4700::1111 64:ff9b:1::101:101",
        );
        check(&["8.8.8.8/16"], "8.8.0.0 8.8.255.255", "8.7.255.255 8.9.0.0");
        check(&["::ffff:8.8.0.0/112"], "8.8.4.4 ::ffff:8.8.4.4", "8.9.0.0");
        check(&["2001:db8:1::5/48"], "2001:db8:1:: 2001:db8:1:ffff::", "2001:db8:2:: 1.1.1.1");
        check(&["0.0.0.0/0"], "1.1.1.1 ::ffff:1.1.1.1", "2606:4700:4700::1111");
        check(&["::/0"], "2606:4700:4700::1111 ::1", "1.1.1.1");
    }

    #[test]
    fn private_is_what_is_not_globally_reachable() {
        let private = "0.0.0.0 0.1.2.3 10.0.0.0 10.255.255.255 100.64.0.0 100.127.255.255 127.0.0.1 127.255.255.255 \
            169.254.169.254 172.16.0.0 172.31.255.255 192.0.0.1 192.0.2.1 192.88.99.1 192.168.0.1 \
            198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 \
            255.255.255.255 :: ::1 ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:10.0.0.1 64:ff9b::10.0.0.1 \
            64:ff9b::7f00:1 64:ff9b:1::1 100::1 2001::1 2001:1ff:ffff:: 2001:db8::1 2002:7f00:1:: \
            2002:c0a8:1::1 3fff::1 5f00::1 fc00::1 fdff::1 fe80::1 febf::1 fec0::1 ff02::1";
        let public = "1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 \
            169.253.255.255 172.15.255.255 172.32.0.0 192.0.1.0 192.167.255.255 198.17.255.255 198.20.0.0 \
            223.255.255.255 ::ffff:8.8.8.8 64:ff9b::8.8.8.8 2001:200::1 2001:4860:4860::8888 \
            2002:808:808::1 2600::1 2a00:1450::1";
        check(&["private"], private, public);
        check(&["private", "8.8.8.0/24"], "8.8.8.8 10.0.0.1 64:ff9b::8.8.8.8", "8.8.4.4");
    }

    #[test]
    fn other_entries_are_refused() {
        for entry in ["", "1.1.1.1", "1.1.1.1/33", "1.1.1/24", "::1", "::/129", "example.com", "Private", " private"] {
            assert!(BlockedNetworks::default().add(entry).is_err(), "{entry}");
        }
    }
}
