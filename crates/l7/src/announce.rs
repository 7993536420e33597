//! The PROXY protocol: a proxy in front announces whom it speaks for, before anything else.
//!
//! "The PROXY protocol, versions 1 and 2", HAProxy Technologies, 2020. Both versions are understood; of
//! version 2 additional values (TLV) are passed over. What announces nobody in particular (`UNKNOWN`, the
//! command `LOCAL`, other families than TCP over IP) leaves the client the one TCP knows.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use switchlab_core::Instant;

use crate::client::{Client, Next, Phase};
use crate::switch::L7Switch;
use crate::tally::Count;

/// What every announcement of version 2 begins with.
const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";
/// What every announcement of version 1 begins with.
const PREFIX: &[u8] = b"PROXY ";
/// The longest announcement of version 1 in octets, its CRLF included.
const LONGEST: usize = 107;

/// An announcement, and how many octets it took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Announcement {
    /// The client; `None` if it is nobody in particular.
    client: Option<SocketAddr>,
    consumed: usize,
}

/// Octets that announce nobody, whatever follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Malformed;

/// Reads an announcement at the beginning of `octets`; `None` if it is not whole yet.
fn read(octets: &[u8]) -> Result<Option<Announcement>, Malformed> {
    let begins = |with: &[u8]| {
        let common = octets.len().min(with.len());
        octets[..common] == with[..common]
    };
    if begins(SIGNATURE) {
        read_binary(octets)
    } else if begins(PREFIX) {
        read_text(octets)
    } else {
        Err(Malformed)
    }
}

fn read_text(octets: &[u8]) -> Result<Option<Announcement>, Malformed> {
    let Some(end) = octets
        .iter()
        .take(LONGEST)
        .position(|octet| *octet == b'\n')
    else {
        return if octets.len() < LONGEST {
            Ok(None)
        } else {
            Err(Malformed)
        };
    };
    let line = octets[..end].strip_suffix(b"\r").ok_or(Malformed)?;
    let line = std::str::from_utf8(line).map_err(|_| Malformed)?;
    let mut words = line.split(' ').skip(1);
    let mut word = || words.next().ok_or(Malformed);
    let announced = |client| {
        Ok(Some(Announcement {
            client,
            consumed: end + 1,
        }))
    };
    let is_right: fn(&IpAddr) -> bool = match word()? {
        // What stands behind it is of no meaning.
        "UNKNOWN" => return announced(None),
        "TCP4" => IpAddr::is_ipv4,
        "TCP6" => IpAddr::is_ipv6,
        _ => return Err(Malformed),
    };
    let address = |word: &str| word.parse().ok().filter(is_right).ok_or(Malformed);
    let port = |word: &str| {
        let is_number = word.bytes().all(|octet| octet.is_ascii_digit());
        let is_padded = word.len() > 1 && word.starts_with('0');
        word.parse::<u16>()
            .ok()
            .filter(|_| is_number && !is_padded)
            .ok_or(Malformed)
    };
    let (source, _) = (address(word()?)?, address(word()?)?);
    let (source_port, _) = (port(word()?)?, port(word()?)?);
    match words.next() {
        None => announced(Some(SocketAddr::new(source, source_port))),
        Some(_) => Err(Malformed),
    }
}

fn read_binary(octets: &[u8]) -> Result<Option<Announcement>, Malformed> {
    let Some([command, family, high, low]) = octets.get(12..16) else {
        // What is there of the command may be wrong already.
        return match octets.get(12) {
            Some(command) if !matches!(command, 0x20 | 0x21) => Err(Malformed),
            _ => Ok(None),
        };
    };
    if !matches!(command, 0x20 | 0x21) {
        return Err(Malformed);
    }
    let consumed = 16 + usize::from(u16::from_be_bytes([*high, *low]));
    let Some(block) = octets.get(16..consumed) else {
        return Ok(None);
    };
    let port = |at: usize| {
        let octets = block.get(at..at + 2).ok_or(Malformed)?;
        Ok(u16::from_be_bytes([octets[0], octets[1]]))
    };
    let client = match (command, family) {
        (0x21, 0x11) => {
            let source = block.first_chunk::<4>().ok_or(Malformed)?;
            port(10)?;
            Some(SocketAddr::new(Ipv4Addr::from(*source).into(), port(8)?))
        }
        (0x21, 0x21) => {
            let source = block.first_chunk::<16>().ok_or(Malformed)?;
            port(34)?;
            Some(SocketAddr::new(Ipv6Addr::from(*source).into(), port(32)?))
        }
        _ => None,
    };
    Ok(Some(Announcement { client, consumed }))
}

impl L7Switch {
    /// Waits for the announcement of a client, and goes on to its first request.
    ///
    /// Who announces nothing is reset without a word: what it says could not be trusted.
    pub(crate) fn read_announcement(&mut self, now: Instant, client: &mut Client) -> Next {
        loop {
            match read(client.pipe.input()) {
                Ok(Some(announcement)) => {
                    client.pipe.consume(announcement.consumed);
                    client.source = announcement.client.unwrap_or(client.address);
                    client.since = now;
                    client.counted = client.pipe.totals();
                    client.phase = Phase::Head;
                    return Next::Again;
                }
                Ok(None) if client.pipe.fill(self.station.sockets_mut()) => {}
                Ok(None) if !client.pipe.has_ended(self.station.sockets()) => return Next::Wait,
                Ok(None) | Err(Malformed) => {
                    self.listeners[client.listener]
                        .tally
                        .add(Count::Unannounced);
                    self.station.sockets_mut().abort(client.pipe.id);
                    return Next::Gone;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const V2: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

    fn binary(head: [u8; 2], block: &[u8]) -> Vec<u8> {
        let length = (block.len() as u16).to_be_bytes();
        [V2, &head, &length, block].concat()
    }

    #[test]
    fn announcements_of_both_versions() {
        let v4 = [203, 0, 113, 7, 192, 0, 2, 1, 0x9c, 0x40, 0, 80];
        let mut v6 = [0; 36];
        (v6[15], v6[31], v6[33], v6[35]) = (7, 1, 80, 80);
        let with_tlv = [&v4[..], &[0xea, 0, 2, 1, 9]].concat();
        let text = |line: &str| line.as_bytes().to_vec();
        #[rustfmt::skip]
        let rows = [
            (text("PROXY TCP4 203.0.113.7 192.0.2.1 40000 80\r\n"), Ok(Some("203.0.113.7:40000")), "version 1"),
            (text("PROXY TCP6 2001:db8::7 2001:db8::1 1 65535\r\n"), Ok(Some("[2001:db8::7]:1")),  "over IPv6"),
            (text("PROXY UNKNOWN\r\n"),                              Ok(None),                      "nobody"),
            (text("PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n"),          Ok(None),                      "nobody, with words of no meaning"),
            (text("PROXY TCP4 203.0.113.7 192.0.2.1 40000 80\n"),    Err(Malformed),                "no CR"),
            (text("PROXY TCP4 203.0.113.7 192.0.2.1 40000\r\n"),     Err(Malformed),                "a port is missing"),
            (text("PROXY TCP4 203.0.113.7 192.0.2.1 40000 80 \r\n"), Err(Malformed),                "a word too many"),
            (text("PROXY TCP4 203.0.113.7  192.0.2.1 40000 80\r\n"), Err(Malformed),                "two spaces"),
            (text("PROXY TCP4 203.0.113.7 192.0.2.1 +4000 80\r\n"),  Err(Malformed),                "a sign"),
            (text("PROXY TCP4 203.0.113.7 192.0.2.1 040 80\r\n"),    Err(Malformed),                "a leading zero"),
            (text("PROXY TCP4 203.0.113.7 192.0.2.1 65536 80\r\n"),  Err(Malformed),                "no port is so high"),
            (text("PROXY TCP4 203.0.113.700 192.0.2.1 1 80\r\n"),    Err(Malformed),                "no address"),
            (text("PROXY TCP4 ::1 ::1 1 80\r\n"),                    Err(Malformed),                "the other family"),
            (text("PROXY UDP4 203.0.113.7 192.0.2.1 1 80\r\n"),      Err(Malformed),                "no such protocol"),
            (text("GET / HTTP/1.1\r\n"),                             Err(Malformed),                "a request and no announcement"),
            (text(&format!("PROXY UNKNOWN {}", "x".repeat(100))),    Err(Malformed),                "longer than 107 octets"),
            (binary([0x21, 0x11], &v4),                              Ok(Some("203.0.113.7:40000")), "version 2"),
            (binary([0x21, 0x21], &v6),                              Ok(Some("[::7]:80")),          "over IPv6"),
            (binary([0x21, 0x11], &with_tlv),                        Ok(Some("203.0.113.7:40000")), "with a value more"),
            (binary([0x20, 0x11], &v4),                              Ok(None),                      "LOCAL: the proxy speaks for itself"),
            (binary([0x21, 0x00], &[]),                              Ok(None),                      "no family"),
            (binary([0x21, 0x31], &[0; 216]),                        Ok(None),                      "a socket of Unix"),
            (binary([0x21, 0x11], &v4[..11]),                        Err(Malformed),                "too short for its family"),
            (binary([0x11, 0x11], &v4),                              Err(Malformed),                "version 1 in the binary form"),
            (binary([0x22, 0x11], &v4),                              Err(Malformed),                "no such command"),
        ];
        for (octets, expected, because) in rows {
            let expected = expected.map(|client| client.map(|text| text.parse().unwrap()));
            let behind = [&octets[..], b"GET / HTTP/1.1\r\n"].concat();
            let announced = read(&behind);
            let client = announced.map(|it| it.expect("it is whole").client);
            assert_eq!(client, expected, "{because}");
            if let Ok(Some(announcement)) = announced {
                assert_eq!(announcement.consumed, octets.len(), "{because}");
                for end in 0..octets.len() {
                    assert_eq!(read(&octets[..end]), Ok(None), "{because}: cut at {end}");
                }
            }
        }
    }

    proptest! {
        /// No octets panic, and more of them never change a verdict.
        #[test]
        fn a_verdict_stays(
            beginning in prop::sample::select(vec![b"PROXY TCP4 ".to_vec(), V2.to_vec(), Vec::new()]),
            rest in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let octets = [beginning, rest].concat();
            let mut verdict = Ok(None);
            for end in 0..=octets.len() {
                let now = read(&octets[..end]);
                if verdict != Ok(None) {
                    prop_assert_eq!(now, verdict);
                }
                verdict = now;
            }
        }
    }
}
