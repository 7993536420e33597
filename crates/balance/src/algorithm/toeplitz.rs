//! The hash of network cards: Toeplitz, as receive side scaling uses it.

/// Receive side scaling's hash: the 32-bit windows of a key at the places of all one bits of the input, exclusive-ored.
///
/// Microsoft, "RSS hashing functions"; Krawczyk, "New Hash Functions for Message Authentication", 1995. The input of a
/// flow is source address, destination address, source port, destination port, as they stand on the wire; the last
/// two only where there are ports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toeplitz {
    key: [u8; 40],
}

impl Toeplitz {
    /// The key of Microsoft's verification suite, which most cards come with.
    pub const STANDARD: Self = Self {
        key: [
            0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3,
            0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3,
            0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa,
        ],
    };

    /// A key that repeats every 16 bits, so that both directions of a flow have one hash. Its halves are equal: there
    /// are 16 bits of chance in it, not 32. Woo and Park, "Scalable TCP session monitoring with symmetric
    /// receive-side scaling", 2012.
    pub const SYMMETRIC: Self = Self {
        key: {
            let mut key = [0x6d; 40];
            let mut odd = 1;
            while odd < key.len() {
                key[odd] = 0x5a;
                odd += 2;
            }
            key
        },
    };

    /// The hash of these octets; behind 36, what a flow of IPv6 has, the key begins again.
    #[must_use]
    pub fn hash(&self, octets: &[u8]) -> u32 {
        let octet = |place: usize| u64::from(self.key[place % self.key.len()]);
        let mut hash = 0;
        for (place, input) in octets.iter().enumerate() {
            let window = (0..5).fold(0, |window, step| window << 8 | octet(place + step));
            for bit in 0..8 {
                if input >> (7 - bit) & 1 == 1 {
                    hash ^= (window >> (8 - bit)) as u32;
                }
            }
        }
        hash
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use switchlab_wire::{FlowKey, IpProtocol};

    use super::*;
    use crate::KeyOctets;

    /// From, to; hash of addresses, of addresses and ports; the same with the symmetric key.
    type Row = (&'static str, &'static str, [u32; 2], [u32; 2]);

    /// Microsoft, "Verifying the RSS hash calculation".
    #[rustfmt::skip]
    const KNOWN: [Row; 8] = [
        ("66.9.149.187:2794",    "161.142.100.80:1766",   [0x323e_8fc2, 0x51cc_c178], [0x0a59_0a59, 0x9fcc_9fcc]),
        ("199.92.111.2:14230",   "65.69.140.83:4739",     [0xd718_262a, 0xc626_b0ea], [0x7ba9_7ba9, 0x60d7_60d7]),
        ("24.19.198.95:12898",   "12.22.207.184:38024",   [0xd2d0_a5de, 0x5c2b_394a], [0xa55a_a55a, 0x3a3e_3a3e]),
        ("38.27.205.30:48228",   "209.142.163.6:2217",    [0x8298_9176, 0xafc7_327f], [0xf8a7_f8a7, 0xd26e_d26e]),
        ("153.39.163.191:44251", "202.188.127.2:1303",    [0x5d18_09c5, 0x10e8_28a2], [0x5754_5754, 0xf23e_f23e]),
        ("[3ffe:2501:200:1fff::7]:2794",                 "[3ffe:2501:200:3::1]:1766",                   [0x2cc1_8cd5, 0x4020_7d3d], [0x867e_867e, 0x13eb_13eb]),
        ("[3ffe:501:8::260:97ff:fe40:efab]:14230",       "[ff02::1]:4739",                              [0x0f0c_461c, 0xdde5_1bbf], [0x2def_2def, 0x3691_3691]),
        ("[3ffe:1900:4545:3:200:f8ff:fe21:67cf]:44251",  "[fe80::200:f8ff:fe21:67cf]:38024",            [0x4b61_e985, 0x02d1_feef], [0xc85e_c85e, 0x0809_0809]),
    ];

    #[test]
    fn the_known_answers() {
        for (from, to, standard, symmetric) in KNOWN {
            let [from, to]: [SocketAddr; 2] = [from, to].map(|end| end.parse().unwrap());
            let hashes = |toeplitz: &Toeplitz, source: SocketAddr, destination: SocketAddr| {
                let flow = FlowKey {
                    source: source.ip(),
                    destination: destination.ip(),
                    protocol: IpProtocol::TCP,
                    source_port: source.port(),
                    destination_port: destination.port(),
                };
                let key = KeyOctets::flow(&flow);
                let (ends, _) = key.split_at(key.len() - 1);
                [&ends[..ends.len() - 4], ends].map(|octets| toeplitz.hash(octets))
            };
            assert_eq!(
                hashes(&Toeplitz::STANDARD, from, to),
                standard,
                "{from} > {to}"
            );
            assert_ne!(
                hashes(&Toeplitz::STANDARD, to, from),
                standard,
                "{to} > {from}"
            );
            for (source, destination) in [(from, to), (to, from)] {
                let both = hashes(&Toeplitz::SYMMETRIC, source, destination);
                assert_eq!(both, symmetric, "{source} > {destination}, either way");
            }
        }
    }
}
