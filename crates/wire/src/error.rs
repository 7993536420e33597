//! Why octets could not be read as a header.

use std::fmt;

/// The header that was being read when reading failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Layer {
    /// Ethernet, IEEE 802.3.
    Ethernet,
    /// A VLAN tag, IEEE 802.1Q.
    Vlan,
    /// Address resolution, RFC 826.
    Arp,
    /// IPv4, RFC 791.
    Ipv4,
    /// IPv6 with its extension headers, RFC 8200.
    Ipv6,
    /// ICMP, RFC 792.
    Icmp,
    /// ICMPv6, RFC 4443.
    Icmpv6,
    /// UDP, RFC 768.
    Udp,
    /// TCP, RFC 9293.
    Tcp,
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ethernet => "Ethernet",
            Self::Vlan => "VLAN",
            Self::Arp => "ARP",
            Self::Ipv4 => "IPv4",
            Self::Ipv6 => "IPv6",
            Self::Icmp => "ICMP",
            Self::Icmpv6 => "ICMPv6",
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
        })
    }
}

/// Why octets could not be read as a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// The buffer ends inside a part of the header that must be there.
    #[error("{layer} header needs {needed} octets, {got} left")]
    Truncated {
        /// The header being read.
        layer: Layer,
        /// Octets the header needs.
        needed: usize,
        /// Octets there were.
        got: usize,
    },
    /// A field holds a value the standard rules out.
    #[error("{layer} {field} is {value}, which the standard rules out")]
    Field {
        /// The header being read.
        layer: Layer,
        /// The field's name in the standard.
        field: &'static str,
        /// What it held.
        value: u32,
    },
    /// The checksum does not match the octets it covers.
    #[error("{layer} checksum is wrong")]
    Checksum {
        /// The header being read.
        layer: Layer,
    },
}
