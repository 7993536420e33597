//! Answering a client ourselves, and telling of every answer.

use std::borrow::Cow;
use std::net::SocketAddr;

use switchlab_core::{Answer, Event, Instant, Step};
use switchlab_http::{BodyReader, Framing, Glimpse, RequestHead, Version, http_date};

use crate::client::{Client, Next, Phase};
use crate::reply::{Connection, Reply};
use crate::switch::L7Switch;
use crate::tally::Count;

impl L7Switch {
    /// Answers the request in `self.head` ourselves, before any target was asked.
    pub(crate) fn answer(
        &mut self,
        now: Instant,
        client: &mut Client,
        reply: &Reply,
        because: Cow<'static, str>,
    ) -> Next {
        let head = &self.head;
        let framing = head.framing();
        // Who waits for `100 Continue` may or may not send its body now: nobody could tell.
        let has_body = framing != Framing::None;
        let keeps = head.keeps_alive() && !(has_body && head.expects_continue());
        let connection = self.connection_after(now, client, keeps, head.version());
        let is_head = head.method() == "HEAD";
        let second = self.unix_seconds(now);
        if let Some(entry) = &mut client.entry
            && self.config.preset.names_requests()
        {
            let name = self.tracer.name(second);
            name.write(&mut self.head.fields, &mut self.scratch);
            entry.name(&self.head);
        }
        self.write_reply(now, client, reply, is_head, connection, because);
        client.phase = match connection {
            Connection::Closed => Phase::Close,
            _ if has_body => Phase::Drain(BodyReader::new(framing)),
            _ => Phase::Head,
        };
        Next::Again
    }

    /// Refuses a request whose head is not whole or not good, and closes the connection behind it.
    pub(crate) fn reject_unread(
        &mut self,
        now: Instant,
        client: &mut Client,
        status: u16,
        because: impl Into<Cow<'static, str>>,
    ) -> Next {
        let input = client.pipe.input();
        let is_head = RequestHead::asks_for_head_only(input);
        let unread = input.len();
        self.open_entry(client);
        if let Some(entry) = &mut client.entry
            && let Some(seen) = Glimpse::of(client.pipe.input())
        {
            entry.glimpse(&seen, &self.config.headers);
        }
        client.pipe.consume(unread);
        client.dispatched = None;
        self.reject(now, client, status, is_head, because)
    }

    /// Refuses a request, and closes the connection behind it.
    pub(crate) fn reject(
        &mut self,
        now: Instant,
        client: &mut Client,
        status: u16,
        is_head: bool,
        because: impl Into<Cow<'static, str>>,
    ) -> Next {
        client.asked = now;
        self.listeners[client.listener].tally.add(Count::Rejected);
        self.write_reply(
            now,
            client,
            &Reply::page(status),
            is_head,
            Connection::Closed,
            because.into(),
        );
        client.phase = Phase::Close;
        Next::Again
    }

    /// Writes an answer of our own, and tells of it.
    pub(crate) fn write_reply(
        &mut self,
        now: Instant,
        client: &mut Client,
        reply: &Reply,
        is_head: bool,
        connection: Connection,
        because: Cow<'static, str>,
    ) {
        let date = http_date(self.unix_seconds(now));
        let responses = &self.listeners[client.listener].config.responses;
        let ways = (responses, self.config.preset.server());
        reply.write(client.pipe.output(), is_head, connection, ways, &date);
        client.since = now;
        self.tell_answer(client, reply.status, None, because);
        self.close_entry(now, client, reply.status);
        client.ordinal += 1;
    }

    /// Tells that a client is answered.
    pub(crate) fn tell_answer(
        &mut self,
        client: &Client,
        status: u16,
        target: Option<SocketAddr>,
        because: Cow<'static, str>,
    ) {
        let tally = &mut self.listeners[client.listener].tally;
        tally.add_status(status);
        if target.is_none() {
            tally.add_own(status);
        }
        if let Some(steps) = &mut self.explained {
            steps.push(Step {
                stage: "l7.answer",
                asked: "what is the client answered?".to_owned(),
                found: status.to_string(),
                because: because.clone(),
            });
        }
        self.events.push_back(Event::Answered(Answer {
            exchange: client.exchange_name(),
            status,
            target,
            because,
        }));
    }

    /// What becomes of the client's connection, if it should be kept.
    pub(crate) fn connection_after(
        &self,
        now: Instant,
        client: &Client,
        keeps: bool,
        version: Version,
    ) -> Connection {
        let is_old = now.since(client.born) >= self.client_keep_alive;
        match version {
            _ if !keeps || client.closes || is_old => Connection::Closed,
            Version::Http10 => Connection::KeptAloud,
            Version::Http11 => Connection::Kept,
        }
    }
}
