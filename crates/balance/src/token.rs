//! Tokens in cookies: who a client belongs to, readable by nobody but us.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use switchlab_core::{Instant, Stream};

use crate::hash::fnv;

/// Octets of a proof, of what is bound (an address and a port), and of the nanosecond of issue.
const PROOF: usize = 8;
const BOUND: usize = 18;
const MOMENT: usize = 8;

/// Makes and reads tokens that carry a target or a group and the time of issue, and fail closed when altered.
///
/// A token is base64 in its one canonical spelling, as ELB's cookies are: one that was URL-encoded on its way is none.
/// Equal seeds and names make equal tokens; they are opaque to a reader, not safe against a cryptographer.
#[derive(Debug, Clone)]
pub struct Tokens {
    key: u64,
}

impl Tokens {
    /// The tokens of one balancer.
    #[must_use]
    pub fn new(seed: u64, balancer: &str) -> Self {
        let key = Stream::of(seed, &format!("{balancer}/cookie")).next_u64();
        Self { key }
    }

    /// The token that binds to a target of `group` from `issued` on.
    #[must_use]
    pub fn bind_target(&self, group: &str, target: SocketAddr, issued: Instant) -> String {
        let address = match target.ip() {
            IpAddr::V4(address) => address.to_ipv6_mapped(),
            IpAddr::V6(address) => address,
        };
        let mut bound = [0; BOUND];
        bound[..16].copy_from_slice(&address.octets());
        bound[16..].copy_from_slice(&target.port().to_be_bytes());
        self.seal(&["target", group], bound, issued)
    }

    /// The target of `group` in a token, and the moment of its issue; `None` if we did not make it so.
    #[must_use]
    pub fn target(&self, group: &str, token: &[u8]) -> Option<(SocketAddr, Instant)> {
        let (bound, issued) = self.open(&["target", group], token)?;
        let (octets, port) = bound.split_first_chunk::<16>()?;
        let address = Ipv6Addr::from(*octets).to_canonical();
        let port = u16::from_be_bytes(port.try_into().ok()?);
        Some((SocketAddr::new(address, port), issued))
    }

    /// The token that binds to a group of the forward action that `action` names, from `issued` on.
    #[must_use]
    pub fn bind_group(&self, action: &str, group: &str, issued: Instant) -> String {
        self.seal(&["group", action], name(group), issued)
    }

    /// Which of the `groups` of an action a token binds to, by its place, and the moment of its issue; `None` if we
    /// did not make it so, or the group is no longer among them.
    #[must_use]
    pub fn group<'a>(
        &self,
        action: &str,
        groups: impl IntoIterator<Item = &'a str>,
        token: &[u8],
    ) -> Option<(usize, Instant)> {
        let (bound, issued) = self.open(&["group", action], token)?;
        let place = groups.into_iter().position(|group| name(group) == bound)?;
        Some((place, issued))
    }

    /// Whether this has the form of a token, whoever made it, and what for.
    #[must_use]
    pub fn is_well_formed(token: &[u8]) -> bool {
        STANDARD
            .decode(token)
            .is_ok_and(|octets| octets.len() == PROOF + BOUND + MOMENT)
    }

    fn seal(&self, purpose: &[&str], bound: [u8; BOUND], issued: Instant) -> String {
        let mut plain = [0; BOUND + MOMENT];
        plain[..BOUND].copy_from_slice(&bound);
        plain[BOUND..].copy_from_slice(&issued.as_nanos().to_be_bytes());
        let proof = self.proof(purpose, &plain);
        let mut token = [0; PROOF + BOUND + MOMENT];
        token[..PROOF].copy_from_slice(&proof);
        // The proof hides the rest, so that equal targets do not look equal.
        token[PROOF..].copy_from_slice(&self.hide(proof, plain));
        STANDARD.encode(token)
    }

    fn open(&self, purpose: &[&str], token: &[u8]) -> Option<([u8; BOUND], Instant)> {
        let token = STANDARD.decode(token).ok()?;
        let (proof, hidden) = token.split_first_chunk::<PROOF>()?;
        let plain = self.hide(*proof, hidden.try_into().ok()?);
        if self.proof(purpose, &plain) != *proof {
            return None;
        }
        let (bound, issued) = plain.split_first_chunk::<BOUND>()?;
        let nanos = u64::from_be_bytes(issued.try_into().ok()?);
        Some((*bound, Instant::from_nanos(nanos)))
    }

    fn proof(&self, purpose: &[&str], plain: &[u8]) -> [u8; PROOF] {
        let mut mixed = self.key;
        for part in purpose {
            mixed = Stream::of(mixed, part).next_u64();
        }
        let (words, rest) = plain.as_chunks::<8>();
        for word in words {
            mixed = Stream::of(mixed ^ u64::from_be_bytes(*word), "proof").next_u64();
        }
        let mixed = Stream::of(mixed ^ fnv(rest), "proof").next_u64();
        mixed.to_be_bytes()
    }

    /// Hides and shows again: the same both ways.
    fn hide(&self, proof: [u8; PROOF], mut octets: [u8; BOUND + MOMENT]) -> [u8; BOUND + MOMENT] {
        let mut stream = Stream::of(self.key ^ u64::from_be_bytes(proof), "hide");
        for part in octets.chunks_mut(8) {
            for (octet, mask) in part.iter_mut().zip(stream.next_u64().to_be_bytes()) {
                *octet ^= mask;
            }
        }
        octets
    }
}

/// A group's name in 18 octets.
fn name(group: &str) -> [u8; BOUND] {
    let mut stream = Stream::of(fnv(group.as_bytes()), group);
    let mut octets = [0; BOUND];
    for part in octets.chunks_mut(8) {
        part.copy_from_slice(&stream.next_u64().to_be_bytes()[..part.len()]);
    }
    octets
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_token_is_good_for_its_purpose_and_unaltered() {
        let tokens = Tokens::new(7, "alb");
        let target: SocketAddr = "10.0.1.11:8080".parse().unwrap();
        let moment = Instant::from_nanos;
        let token = tokens.bind_target("web", target, moment(42));
        let read = |text: &str| tokens.target("web", text.as_bytes());
        assert_eq!(read(&token), Some((target, moment(42))));
        assert_eq!(
            tokens.target("other", token.as_bytes()),
            None,
            "another group"
        );
        assert_eq!(
            Tokens::new(8, "alb").target("web", token.as_bytes()),
            None,
            "another run"
        );
        assert_eq!(
            Tokens::new(7, "clb").target("web", token.as_bytes()),
            None,
            "another balancer"
        );
        assert_eq!(
            tokens.group("web", ["web"], token.as_bytes()),
            None,
            "another purpose"
        );
        let encoded = token
            .replace('+', "%2B")
            .replace('/', "%2F")
            .replace('=', "%3D");
        assert_ne!(encoded, token);
        assert_eq!(read(&encoded), None, "ELB's cookies are never URL-encoded");
        let has_form = |text: &str| Tokens::is_well_formed(text.as_bytes());
        assert!(has_form(&token) && !has_form(&encoded) && !has_form("abc"));
        assert_ne!(
            tokens.bind_target("web", target, moment(43)),
            token,
            "another moment looks different"
        );

        let token = tokens.bind_group("80/10", "green", moment(9));
        let group =
            |groups: &[&str]| tokens.group("80/10", groups.iter().copied(), token.as_bytes());
        assert_eq!(group(&["blue", "green"]), Some((1, moment(9))));
        assert_eq!(
            group(&["green"]),
            Some((0, moment(9))),
            "wherever it stands now"
        );
        assert_eq!(group(&["blue"]), None, "the rule no longer names it");
        assert_eq!(
            tokens.group("80/20", ["green"], token.as_bytes()),
            None,
            "another rule"
        );
    }

    proptest! {
        /// What is issued can be read; what is altered in any place cannot.
        #[test]
        fn tokens_fail_closed(
            target in any::<SocketAddr>(), nanos: u64, at: prop::sample::Index, octet: u8,
        ) {
            let target = SocketAddr::new(target.ip().to_canonical(), target.port());
            let tokens = Tokens::new(7, "alb");
            let issued = Instant::from_nanos(nanos);
            let mut token = tokens.bind_target("web", target, issued).into_bytes();
            prop_assert_eq!(tokens.target("web", &token), Some((target, issued)));
            let at = at.index(token.len());
            if std::mem::replace(&mut token[at], octet) != octet {
                prop_assert_eq!(tokens.target("web", &token), None);
            }
        }

        /// Anything at all can be read as nothing.
        #[test]
        fn anything_may_come(octets in prop::collection::vec(any::<u8>(), 0..80)) {
            prop_assert_eq!(Tokens::new(7, "alb").target("web", &octets), None);
        }
    }
}
