//! Target groups as layer 7 uses them: sessions, idle connections, probes under way.

use std::borrow::Cow;
use std::net::SocketAddr;

use switchlab_balance::{GroupError, HashKey, KeyOctets, TargetGroup, TargetId, Tokens};
use switchlab_core::{Instant, Step};
use switchlab_host::ConnectionId;
use switchlab_http::RequestHead;
use switchlab_wire::{FlowKey, IpProtocol};

use crate::Preset;
use crate::config::{Group, ProtocolVersion, TargetType};
use crate::headers::asks_for_websocket;
use crate::sticky::{Session, cookies};
use crate::tally::Tally;

/// The most octets of a request's body that a Lambda function takes: "1 MB" in the User Guide.
const LONGEST_LAMBDA_BODY: u64 = 1 << 20;

/// A target group at work.
#[derive(Debug)]
pub(crate) struct Pool {
    pub(crate) targets: TargetGroup,
    protocol_version: ProtocolVersion,
    target_type: TargetType,
    /// By target: connections without a request, the one used last at the end.
    idle: Vec<Vec<ConnectionId>>,
    /// By target: the connection of the probe under way.
    probes: Vec<Option<ConnectionId>>,
    pub(crate) tally: Tally,
}

impl Pool {
    pub(crate) fn new(now: Instant, group: Group) -> Result<Self, GroupError> {
        Ok(Self {
            protocol_version: group.protocol_version,
            target_type: group.target_type,
            targets: TargetGroup::new(now, group.config)?,
            idle: Vec::new(),
            probes: Vec::new(),
            tally: Tally::default(),
        })
    }

    pub(crate) fn is_named(&self, name: &str) -> bool {
        &**self.targets.name() == name
    }

    /// Why no target of the group is asked with a request whose body has so many octets, as far as that is
    /// known: the status that tells the client, and a sentence.
    pub(crate) fn refusal(
        &self,
        head: &RequestHead,
        body: Option<u64>,
    ) -> Option<(u16, Cow<'static, str>)> {
        let (name, version) = (self.targets.name(), self.protocol_version);
        if version != ProtocolVersion::Http1 {
            let because =
                format!("The group {name} speaks {version}, which a client of HTTP/1.1 does not.");
            return Some((464, because.into()));
        }
        if self.target_type != TargetType::Lambda {
            return None;
        }
        if asks_for_websocket(head) {
            return Some((400, "A Lambda function does not speak WebSocket.".into()));
        }
        let is_too_long = body.is_some_and(|octets| octets > LONGEST_LAMBDA_BODY);
        is_too_long.then(|| {
            (
                413,
                "A Lambda function takes no body of more than 1 MB.".into(),
            )
        })
    }

    /// The target for a request, and its session; else the status that tells the client that there is none,
    /// and why.
    pub(crate) fn pick(
        &mut self,
        head: &RequestHead,
        tokens: &Tokens,
        now: Instant,
        ends: (SocketAddr, SocketAddr),
        preset: Preset,
        steps: Option<&mut Vec<Step>>,
    ) -> Result<(TargetId, Session), (u16, Cow<'static, str>)> {
        let chosen = self.choose(head, tokens, now, ends, (preset, steps));
        let Some((target, session)) = chosen else {
            return Err((preset.nobody(), self.targets.why_nobody().into()));
        };
        if self.targets.is_fail_open() && !preset.fails_open() {
            let because = match self.targets.healthy() {
                0 => "No target of the group is healthy.",
                _ => "Too few targets of the group that may take requests are healthy.",
            };
            return Err((503, because.into()));
        }
        if session.is_lost && !preset.moves_sessions() {
            let because = "The target of the client's session is not healthy.";
            return Err((503, because.into()));
        }
        Ok((target, session))
    }

    /// The target for a request, and its session: the one it is bound to if that may take requests, else the
    /// next.
    fn choose(
        &mut self,
        head: &RequestHead,
        tokens: &Tokens,
        now: Instant,
        (client, server): (SocketAddr, SocketAddr),
        (preset, steps): (Preset, Option<&mut Vec<Step>>),
    ) -> Option<(TargetId, Session)> {
        let targets = &mut self.targets;
        let session = Session::of(preset, targets, tokens, now, &head.fields, client.ip());
        let candidates = steps.as_ref().map(|_| targets.candidates(now));
        let chosen = session
            .bound
            .or_else(|| choose(targets, head, now, client, server));
        if let Some(target) = chosen {
            targets.bind(now, client.ip(), target);
        }
        if let (Some(steps), Some(candidates)) = (steps, candidates) {
            steps.extend(candidates.into_iter().map(|candidate| {
                Step {
                    stage: "l7.candidate",
                    asked: format!("may {} take it?", candidate.address),
                    found: match candidate.is_eligible {
                        true => "yes",
                        false => "no",
                    }
                    .to_owned(),
                    because: candidate.because,
                }
            }));
            steps.push(Step {
                stage: "l7.target",
                asked: format!("which target of {} takes it?", targets.name()),
                found: match chosen {
                    Some(target) => targets.address(target).to_string(),
                    None => "none".to_owned(),
                },
                because: match (session.bound, chosen) {
                    (Some(_), _) => "The client is bound to this target (stickiness).".into(),
                    (_, None) => targets.why_nobody().into(),
                    _ if targets.is_fail_open() => "Too few targets are healthy, so all take part (fail-open), and the algorithm chose this one.".into(),
                    _ => "The group's algorithm chose it among those that may take requests.".into(),
                },
            });
        }
        chosen.map(|target| (target, session))
    }

    /// The idle connection to a target that was used last.
    pub(crate) fn pop_idle(&mut self, target: TargetId) -> Option<ConnectionId> {
        self.idle.get_mut(target.index())?.pop()
    }

    /// Keeps an idle connection, if there are fewer than `limit` and the target may take requests.
    pub(crate) fn push_idle(&mut self, target: TargetId, id: ConnectionId, limit: usize) -> bool {
        let idle = slot(&mut self.idle, target);
        let keeps = idle.len() < limit && self.targets.is_eligible(target);
        if keeps {
            idle.push(id);
        }
        keeps
    }

    /// Forgets an idle connection.
    pub(crate) fn forget_idle(&mut self, target: TargetId, id: ConnectionId) {
        slot(&mut self.idle, target).retain(|other| *other != id);
    }

    /// The connection of the probe that is under way to a target.
    pub(crate) fn probe(&mut self, target: TargetId) -> &mut Option<ConnectionId> {
        slot(&mut self.probes, target)
    }
}

/// The algorithm's choice, by whatever of the request it hashes.
fn choose(
    targets: &mut TargetGroup,
    head: &RequestHead,
    now: Instant,
    client: SocketAddr,
    server: SocketAddr,
) -> Option<TargetId> {
    let octets;
    let key = match targets.hash_key() {
        None => None,
        Some(HashKey::Uri) => Some(head.target().as_bytes()),
        Some(HashKey::Header(name)) => head.fields.get(name),
        Some(HashKey::Cookie(name)) => cookies(&head.fields, name).next(),
        Some(HashKey::Source) => {
            octets = KeyOctets::source(client.ip());
            Some(&*octets)
        }
        Some(HashKey::SourceEnd) => {
            octets = KeyOctets::source_end(client);
            Some(&*octets)
        }
        Some(_) => {
            octets = KeyOctets::flow(&FlowKey {
                source: client.ip(),
                destination: server.ip(),
                protocol: IpProtocol::TCP,
                source_port: client.port(),
                destination_port: server.port(),
            });
            Some(&*octets)
        }
    };
    targets.choose(now, key)
}

fn slot<T: Default>(places: &mut Vec<T>, target: TargetId) -> &mut T {
    let index = target.index();
    if places.len() <= index {
        places.resize_with(index + 1, T::default);
    }
    &mut places[index]
}
