//! MAC addresses, IEEE 802-2014 clause 8.

use std::fmt;
use std::str::FromStr;

/// A 48-bit MAC address in transmission order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct MacAddr([u8; 6]);

impl MacAddr {
    /// `ff:ff:ff:ff:ff:ff`: every station of the LAN.
    pub const BROADCAST: Self = Self([0xff; 6]);
    /// `00:00:00:00:00:00`: no station; never valid on the wire.
    pub const ZERO: Self = Self([0; 6]);

    /// The address with these octets.
    #[must_use]
    pub const fn new(octets: [u8; 6]) -> Self {
        Self(octets)
    }

    /// The six octets in transmission order.
    #[must_use]
    pub const fn octets(self) -> [u8; 6] {
        self.0
    }

    /// The address as a number below 2^48, first octet most significant.
    #[must_use]
    pub const fn to_u64(self) -> u64 {
        let [a, b, c, d, e, f] = self.0;
        u64::from_be_bytes([0, 0, a, b, c, d, e, f])
    }

    /// Whether the I/G bit marks a group (multicast or broadcast) address.
    #[must_use]
    pub const fn is_group(self) -> bool {
        self.0[0] & 1 == 1
    }

    /// Whether this is the broadcast address.
    #[must_use]
    pub const fn is_broadcast(self) -> bool {
        self.to_u64() == 0xffff_ffff_ffff
    }

    /// Whether the address may name one station: neither group nor all zero.
    #[must_use]
    pub const fn is_individual(self) -> bool {
        !self.is_group() && self.to_u64() != 0
    }

    /// A locally administered individual address made from a name, the same for the same name always.
    ///
    /// The first octet is `02`; the other forty bits are an FNV-1a hash of the name, so two names of
    /// one lab collide with a probability of about n²/2⁴¹.
    #[must_use]
    pub const fn from_name(name: &str) -> Self {
        let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
        let octets = name.as_bytes();
        let mut at = 0;
        while at < octets.len() {
            hash = (hash ^ octets[at] as u64).wrapping_mul(0x0000_0100_0000_01b3);
            at += 1;
        }
        let [a, b, c, d, e, f, g, h] = hash.to_be_bytes();
        Self([0x02, a ^ f, b ^ g, c ^ h, d, e])
    }
}

impl From<[u8; 6]> for MacAddr {
    fn from(octets: [u8; 6]) -> Self {
        Self(octets)
    }
}

impl fmt::Display for MacAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

impl fmt::Debug for MacAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is not a MAC address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is not a MAC address: six pairs of hexadecimal digits joined by colons, as in 02:00:00:00:00:01"
)]
pub struct MacAddrError {
    /// The text as given.
    pub text: String,
}

impl FromStr for MacAddr {
    type Err = MacAddrError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || MacAddrError {
            text: text.to_owned(),
        };
        let mut octets = [0; 6];
        let mut pairs = text.split(':');
        for octet in &mut octets {
            let pair = pairs.next().ok_or_else(wrong)?;
            if pair.len() != 2 || !pair.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return Err(wrong());
            }
            *octet = u8::from_str_radix(pair, 16).map_err(|_| wrong())?;
        }
        if pairs.next().is_some() {
            return Err(wrong());
        }
        Ok(Self(octets))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_octets_agree() {
        #[rustfmt::skip]
        let rows = [
            // text                  group  individual  because
            ("02:00:00:00:00:01", false, true,  "the I/G bit is the lowest bit of the first octet"),
            ("01:80:c2:00:00:00", true,  false, "a reserved group address"),
            ("ff:ff:ff:ff:ff:ff", true,  false, "broadcast is a group address"),
            ("00:00:00:00:00:00", false, false, "all zero names no station"),
        ];
        for (text, group, individual, because) in rows {
            let mac: MacAddr = text.parse().expect(because);
            assert_eq!(mac.to_string(), text, "{because}");
            assert_eq!(mac.is_group(), group, "{because}");
            assert_eq!(mac.is_individual(), individual, "{because}");
        }
        for wrong in [
            "",
            "02:00:00:00:00",
            "02:00:00:00:00:01:02",
            "2:0:0:0:0:1",
            "02-00-00-00-00-01",
            "+2:00:00:00:00:01",
        ] {
            assert!(
                wrong.parse::<MacAddr>().is_err(),
                "{wrong:?} is no MAC address"
            );
        }
    }

    #[test]
    fn names_make_stable_individual_addresses() {
        let web = MacAddr::from_name("web-a/0");
        assert!(web.is_individual());
        assert_eq!(web, MacAddr::from_name("web-a/0"));
        assert_ne!(web, MacAddr::from_name("web-b/0"));
    }
}
