//! Numbers made from octets: the same on every machine and with every release of Rust.

use std::net::{IpAddr, SocketAddr};
use std::ops::Deref;

use switchlab_wire::FlowKey;

/// FNV-1a of these octets, 64 bits wide (Fowler, Noll and Vo).
#[must_use]
pub(crate) fn fnv(octets: &[u8]) -> u64 {
    let absorb =
        |hash: u64, octet: &u8| (hash ^ u64::from(*octet)).wrapping_mul(0x0000_0100_0000_01b3);
    octets.iter().fold(0xcbf2_9ce4_8422_2325, absorb)
}

/// The finalizer of SplitMix64 (Steele, Lea and Flood, 2014): every bit of the result hangs on every bit of `word`.
#[must_use]
pub(crate) const fn mix(mut word: u64) -> u64 {
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

/// A number for an address, by which the hashes that need no name tell targets apart.
pub(crate) fn identity(address: SocketAddr) -> u64 {
    let ip = match address.ip() {
        IpAddr::V4(v4) => u64::from(v4.to_bits()),
        IpAddr::V6(v6) => {
            let bits = v6.to_bits();
            mix(bits as u64) ^ (bits >> 64) as u64
        }
    };
    ip << 16 ^ u64::from(address.port())
}

/// The octets by which a flow or its source is hashed: as they stand on the wire.
#[derive(Debug, Clone, Copy)]
pub struct KeyOctets {
    octets: [u8; 41],
    length: usize,
}

impl KeyOctets {
    const NONE: Self = Self {
        octets: [0; 41],
        length: 0,
    };

    /// An address alone: 4 or 16 octets.
    #[must_use]
    pub fn source(address: IpAddr) -> Self {
        let mut key = Self::NONE;
        key.push_address(address);
        key
    }

    /// An address and a port: 6 or 18 octets.
    #[must_use]
    pub fn source_end(end: SocketAddr) -> Self {
        let mut key = Self::source(end.ip());
        key.push(&end.port().to_be_bytes());
        key
    }

    /// Source and destination address, both ports, and the protocol: 13 or 37 octets.
    #[must_use]
    pub fn flow(flow: &FlowKey) -> Self {
        let mut key = Self::NONE;
        key.push_address(flow.source);
        key.push_address(flow.destination);
        key.push(&flow.source_port.to_be_bytes());
        key.push(&flow.destination_port.to_be_bytes());
        key.push(&[flow.protocol.0]);
        key
    }

    /// The same with the initial sequence number of a connection behind it: 4 octets more.
    #[must_use]
    pub fn with_sequence(mut self, sequence: u32) -> Self {
        self.push(&sequence.to_be_bytes());
        self
    }

    fn push_address(&mut self, address: IpAddr) {
        match address {
            IpAddr::V4(address) => self.push(&address.octets()),
            IpAddr::V6(address) => self.push(&address.octets()),
        }
    }

    fn push(&mut self, octets: &[u8]) {
        self.octets[self.length..][..octets.len()].copy_from_slice(octets);
        self.length += octets.len();
    }
}

impl Deref for KeyOctets {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.octets[..self.length]
    }
}

#[cfg(test)]
mod tests {
    use switchlab_wire::IpProtocol;

    use super::*;

    #[test]
    fn a_flow_has_the_same_hash_everywhere() {
        let key =
            |source: &str, destination: &str, protocol, source_port, destination_port| FlowKey {
                source: source.parse().unwrap(),
                destination: destination.parse().unwrap(),
                protocol,
                source_port,
                destination_port,
            };
        #[rustfmt::skip]
        let rows = [
            (key("10.0.0.2", "10.0.0.80", IpProtocol::TCP, 40_000, 80),        0x8a99_c9d2_9f4c_5dcf, "FNV-1a of 0a000002 0a000050 9c40 0050 06"),
            (key("2001:db8::2", "2001:db8::80", IpProtocol::UDP, 53, 40_000),  0x8b31_8f63_2235_fe2f, "the same of 16 octets an address"),
        ];
        for (flow, expected, because) in rows {
            assert_eq!(fnv(&KeyOctets::flow(&flow)), expected, "{because}");
        }
        let source = KeyOctets::source([10, 0, 0, 2].into());
        assert_eq!(*source, [10, 0, 0, 2], "an address is its octets");
    }
}
