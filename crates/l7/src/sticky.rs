//! The `AWSALB` cookie: which target a client belongs to, readable by nobody but us.

use std::net::{IpAddr, SocketAddr};

use switchlab_core::Stream;
use switchlab_http::{Fields, http_date};

/// The name of the cookie that a client must return.
pub(crate) const COOKIE: &str = "AWSALB";
/// How long the cookie itself lives, in seconds, whatever the stickiness: 7 days.
const LIFE: u64 = 7 * 86_400;

/// Sets the cookie, and its twin `AWSALBCORS` for requests from foreign pages, at `second` since 1970.
pub(crate) fn set_cookies(fields: &mut Fields, token: &str, second: u64) {
    let expires = http_date(second.saturating_add(LIFE));
    for (name, attributes) in [(COOKIE, ""), ("AWSALBCORS", "; SameSite=None; Secure")] {
        let cookie = format!("{name}={token}; Expires={expires}; Path=/{attributes}");
        let added = fields.append("Set-Cookie", cookie);
        added.expect("tokens and dates are visible ASCII");
    }
}

/// Makes and reads tokens that carry group, target and time of issue, and fail closed when altered.
#[derive(Debug)]
pub(crate) struct Tokens {
    key: u64,
}

impl Tokens {
    /// Tokens of one switch.
    pub(crate) fn new(seed: u64, name: &str) -> Self {
        let key = Stream::of(seed, &format!("{name}/cookie")).next_u64();
        Self { key }
    }

    /// The token of a target of a group, issued `second` seconds after the start of the run; empty
    /// for a target that is not reached by IPv4, which no configuration has.
    pub(crate) fn issue(&self, group: &str, target: SocketAddr, second: u64) -> String {
        let IpAddr::V4(address) = target.ip() else {
            return String::new();
        };
        let [a, b, c, d] = address.octets();
        let [high, low] = target.port().to_be_bytes();
        let target = u64::from_be_bytes([0, 0, a, b, c, d, high, low]);
        let proof = self.proof(group, target, second);
        // The proof hides the rest, so that equal targets do not look equal.
        let hidden = target ^ self.proof("target", proof, 0);
        let issued = second ^ self.proof("second", proof, 0);
        format!("{proof:016x}{hidden:016x}{issued:016x}")
    }

    /// The target and the second of issue in a token for this group; `None` if we did not make it so.
    pub(crate) fn read(&self, group: &str, token: &[u8]) -> Option<(SocketAddr, u64)> {
        let text = std::str::from_utf8(token).ok()?;
        if text.len() != 48
            || !text
                .bytes()
                .all(|octet| matches!(octet, b'0'..=b'9' | b'a'..=b'f'))
        {
            return None;
        }
        let word = |at: usize| u64::from_str_radix(&text[at..at + 16], 16).ok();
        let proof = word(0)?;
        let target = word(16)? ^ self.proof("target", proof, 0);
        let second = word(32)? ^ self.proof("second", proof, 0);
        if proof != self.proof(group, target, second) {
            return None;
        }
        let [_, _, a, b, c, d, high, low] = target.to_be_bytes();
        let port = u16::from_be_bytes([high, low]);
        Some((SocketAddr::new(IpAddr::from([a, b, c, d]), port), second))
    }

    fn proof(&self, purpose: &str, first: u64, second: u64) -> u64 {
        let mut mixed = Stream::of(self.key ^ first, purpose).next_u64();
        mixed ^= Stream::of(mixed ^ second, purpose).next_u64();
        mixed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_for_its_group_and_unaltered() {
        let tokens = Tokens::new(7, "alb");
        let target: SocketAddr = "10.0.1.11:8080".parse().unwrap();
        let token = tokens.issue("web", target, 42);
        assert_eq!(tokens.read("web", token.as_bytes()), Some((target, 42)));
        assert_eq!(
            tokens.read("other", token.as_bytes()),
            None,
            "another group"
        );
        assert_eq!(
            Tokens::new(8, "alb").read("web", token.as_bytes()),
            None,
            "another switch"
        );
        for place in 0..token.len() {
            let mut altered = token.clone().into_bytes();
            altered[place] = if altered[place] == b'0' { b'1' } else { b'0' };
            assert_eq!(tokens.read("web", &altered), None, "altered at {place}");
        }
        assert_eq!(tokens.read("web", b""), None);
        assert_ne!(
            tokens.issue("web", target, 43),
            token,
            "another moment looks different"
        );
    }
}
