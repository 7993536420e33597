//! Who is asked in place of a target that failed, and with what.

use std::borrow::Cow;
use std::time::Duration;

use switchlab_balance::TargetId;
use switchlab_core::Instant;

use crate::client::{Client, Next, Phase};
use crate::connections::Role;
use crate::preset::{Again, Failure};
use crate::switch::L7Switch;
use crate::tally::Count;
use crate::upstream::Upstream;

impl L7Switch {
    /// A target's connection has ended with the request under way, or is to end.
    ///
    /// The request is sent once more to the same target if its connection was not fresh and died before the
    /// request got there (what was sent was not acknowledged to the end), the method allows it (RFC 9110
    /// §9.2.2) and everything sent so far is still held; what else is tried is up to the
    /// [preset](crate::Preset).
    pub(crate) fn lose(
        &mut self,
        now: Instant,
        client: &mut Client,
        upstream: Upstream,
        failure: Failure,
        because: Cow<'static, str>,
    ) -> Next {
        let is_untouched = upstream.has_said_nothing();
        let is_stale = upstream.is_reused && upstream.is_missed;
        let is_connected = upstream.is_connected;
        let mut pipe = upstream.pipe;
        let octets = match is_connected {
            // Nothing of it can have been sent.
            false => Some(std::mem::take(pipe.output())),
            true => pipe.held().filter(|_| is_untouched),
        };
        self.pipes.recycle(pipe);
        let (Some(octets), Phase::Exchange(exchange)) = (octets, &mut client.phase) else {
            let status = self.config.preset.status(failure);
            return self.fail(now, client, status, because);
        };
        exchange.upstream = None;
        if is_stale && failure != Failure::Silent {
            // The target is not to blame.
            return self.send_again(now, client, octets, upstream.target, Duration::ZERO);
        }
        self.ask_again(now, client, octets, failure, because)
    }

    /// The target of a request has failed, and these octets can be sent once more: the preset says to whom.
    pub(crate) fn ask_again(
        &mut self,
        now: Instant,
        client: &mut Client,
        octets: Vec<u8>,
        failure: Failure,
        because: Cow<'static, str>,
    ) -> Next {
        let Phase::Exchange(exchange) = &mut client.phase else {
            return Next::Again;
        };
        let (group, target) = (exchange.group, exchange.target);
        exchange.failed.push(target);
        let preset = self.config.preset;
        let (next, pause) =
            match preset.again(failure, exchange.failed.len(), exchange.is_idempotent) {
                Again::Nobody => (None, Duration::ZERO),
                Again::TheSame => (Some(target), preset.pause()),
                Again::Another => {
                    let targets = &mut self.groups[group].targets;
                    let another = targets.choose_another(now, &exchange.failed);
                    (another, Duration::ZERO)
                }
            };
        let Some(next) = next else {
            return self.fail(now, client, preset.status(failure), because);
        };
        self.observe(now, group, target, false);
        self.send_again(now, client, octets, next, pause)
    }

    /// Gives a request to the target that is to have it now, after a pause.
    fn send_again(
        &mut self,
        now: Instant,
        client: &mut Client,
        octets: Vec<u8>,
        target: TargetId,
        pause: Duration,
    ) -> Next {
        let Phase::Exchange(exchange) = &mut client.phase else {
            return Next::Again;
        };
        let group = exchange.group;
        let before = std::mem::replace(&mut exchange.target, target);
        exchange.pause = Some((now + pause, octets));
        let pool = &mut self.groups[group];
        pool.tally.add(Count::Retries);
        pool.targets.finish(before);
        pool.targets.begin(target);
        if let Some(entry) = &mut client.entry {
            entry.target = Some(pool.targets.address(target));
        }
        self.tell_assigned(client, group, target);
        client.since = now;
        client.dispatched = None;
        Next::Again
    }

    /// Sends a request once more to the target that is to have it, if it has waited for long enough.
    pub(crate) fn resume(&mut self, now: Instant, client: &mut Client) -> Next {
        let Phase::Exchange(exchange) = &mut client.phase else {
            return Next::Again;
        };
        let Some((due, octets)) = exchange.pause.take() else {
            return Next::Again;
        };
        if now < due {
            exchange.pause = Some((due, octets));
            return Next::Wait;
        }
        let (group, target) = (exchange.group, exchange.target);
        let preset = self.config.preset;
        let is_held = exchange.is_idempotent && preset.holds();
        let mut fresh = match self.reach_anew(client.pipe.id, group, target) {
            Ok(fresh) => fresh,
            Err(because) => {
                return self.ask_again(now, client, octets, Failure::Refused, because);
            }
        };
        if is_held {
            fresh.pipe.hold();
        }
        *fresh.pipe.output() = octets;
        if let Phase::Exchange(exchange) = &mut client.phase {
            exchange.upstream = Some(fresh.pipe.id);
        }
        self.connections
            .put(fresh.pipe.id, Role::Upstream(fresh), None);
        client.since = now;
        Next::Again
    }
}
