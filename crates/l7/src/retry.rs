//! Who is asked in place of a target that failed, and with what.

use std::borrow::Cow;
use std::time::Duration;

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
        let (group, target) = (upstream.group, upstream.target);
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
        let preset = self.config.preset;
        let status = preset.status(failure);
        let (Some(octets), Phase::Exchange(exchange)) = (octets, &mut client.phase) else {
            return self.fail(now, client, status, because);
        };
        let is_blameless = is_stale && failure != Failure::Silent;
        let again = if is_blameless {
            Again::TheSame
        } else {
            exchange.failed.push(target);
            preset.again(failure, exchange.failed.len(), exchange.is_idempotent)
        };
        let next = match again {
            Again::Nobody => None,
            Again::TheSame => Some(target),
            Again::Another => self.groups[group]
                .targets
                .choose_another(now, &exchange.failed),
        };
        let Some(next) = next else {
            return self.fail(now, client, status, because);
        };
        if !is_blameless {
            self.observe(now, group, target, false);
        }
        let pool = &mut self.groups[group];
        pool.tally.add(Count::Retries);
        pool.targets.finish(target);
        pool.targets.begin(next);
        exchange.target = next;
        self.tell_assigned(client, group, next);
        if let Some(entry) = &mut client.entry {
            entry.target = Some(self.groups[group].targets.address(next));
        }
        client.since = now;
        client.dispatched = None;
        let pause = match again {
            Again::TheSame if !is_blameless => preset.pause(),
            _ => Duration::ZERO,
        };
        if let Phase::Exchange(exchange) = &mut client.phase {
            exchange.pause = Some((now + pause, octets));
        }
        self.resume(now, client)
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
                let status = preset.status(Failure::Refused);
                return self.fail(now, client, status, because);
            }
        };
        if is_held {
            fresh.pipe.hold();
        }
        *fresh.pipe.output() = octets;
        if let Phase::Exchange(exchange) = &mut client.phase {
            exchange.upstream = fresh.pipe.id;
        }
        self.connections
            .put(fresh.pipe.id, Role::Upstream(fresh), None);
        client.since = now;
        Next::Again
    }
}
