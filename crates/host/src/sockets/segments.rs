//! Segments in and out: which connection takes one, what it changes, and when patience ends.

use smoltcp::iface::SocketSet;
use smoltcp::socket::tcp::State;
use switchlab_core::{DropReason, Instant};
use switchlab_wire::{Ethernet, Frame, Ipv4, Tcp, TcpFlags};

use super::connection::{Connection, Key, Phase, Socket, names_one};
use super::{ConnectionEvent, ConnectionId, SocketEvent, Sockets};

/// How many sockets are kept for later connections, so that memory shrinks again after a crowd.
const SPARE_LIMIT: usize = 1024;

impl Sockets {
    pub(super) fn receive_segment(
        &mut self,
        now: Instant,
        ip: &Ipv4<'_>,
    ) -> Result<(), DropReason> {
        let tcp = Tcp::parse(ip.payload()).map_err(|_| DropReason::TransportMalformed)?;
        if !tcp.verify_checksum(ip.source().into(), ip.destination().into()) {
            return Err(DropReason::TransportChecksum);
        }
        if !names_one(ip.source()) || !names_one(ip.destination()) {
            return Err(DropReason::Martian);
        }
        if tcp.source_port() == 0 || tcp.destination_port() == 0 {
            return Err(DropReason::TransportMalformed);
        }
        let key = Key::of_arriving(ip, &tcp);
        if let Some(id) = self.by_key.get(&key).copied() {
            return self.deliver(now, id, ip, &tcp);
        }
        let is_syn = opens(&tcp);
        if is_syn && self.listening.contains(&key.local_port) {
            return self.accept(now, key, ip);
        }
        if let Some(remnant) = self.time_wait.get(now, key) {
            let answer = remnant.answer(key, &tcp).ok_or(DropReason::FlowState)?;
            self.leaving.push_back(behind_room(&answer));
            return Ok(());
        }
        let mut nobody = SocketSet::new(Vec::new());
        self.stack
            .ingress(now, &mut nobody, ip.octets(), &mut self.leaving);
        Err(if is_syn {
            DropReason::PortClosed
        } else {
            DropReason::FlowState
        })
    }

    /// Makes a socket for a SYN. There is no backlog to race for: each SYN has its own.
    fn accept(&mut self, now: Instant, key: Key, ip: &Ipv4<'_>) -> Result<(), DropReason> {
        if self.half_open >= self.config.half_open_limit {
            return Err(DropReason::HalfOpenFull);
        }
        if self.connections.len() >= self.config.connection_limit {
            return Err(DropReason::ConnectionsFull);
        }
        let mut socket = self.fresh_socket();
        let listens = socket.tcp_mut().listen((key.local, key.local_port));
        listens.expect("the socket is closed, and port 0 was refused before");
        self.stack
            .ingress(now, &mut socket.set, ip.octets(), &mut self.leaving);
        if socket.tcp().state() != State::SynReceived {
            self.spare.push(socket);
            return Err(DropReason::TransportMalformed);
        }
        self.time_wait.remove(key);
        self.half_open += 1;
        let id = self
            .connections
            .insert(Connection::new(key, Phase::HalfOpen, socket));
        self.by_key.insert(key, id);
        self.touch(id);
        Ok(())
    }

    fn deliver(
        &mut self,
        now: Instant,
        id: ConnectionId,
        ip: &Ipv4<'_>,
        tcp: &Tcp<'_>,
    ) -> Result<(), DropReason> {
        let connection = self
            .connections
            .get_mut(id)
            .expect("the map names the living");
        if connection.socket.tcp().state() == State::TimeWait {
            // Only unread octets keep it here; smoltcp would throw them away after 10 s.
            let remnant = connection.last_sent.ok_or(DropReason::FlowState)?;
            let answer = remnant
                .answer(connection.key, tcp)
                .ok_or(DropReason::FlowState)?;
            self.leaving.push_back(behind_room(&answer));
            return Ok(());
        }
        connection.silent_since = None;
        connection.window_closed = tcp.window() == 0;
        let already = self.leaving.len();
        self.stack.ingress(
            now,
            &mut connection.socket.set,
            ip.octets(),
            &mut self.leaving,
        );
        for frame in self.leaving.range(already..) {
            if let Some(segment) = segment_of(frame) {
                connection.sent(&segment);
            }
        }
        self.touch(id);
        self.observe(id, tcp.flags().contains(TcpFlags::RST));
        Ok(())
    }

    /// Tells the owner what has changed; `reset` if the last segment was an RST.
    pub(super) fn observe(&mut self, id: ConnectionId, reset: bool) {
        let Some(connection) = self.connections.get_mut(id) else {
            return;
        };
        let state = connection.socket.tcp().state();
        match connection.phase {
            Phase::Over => return,
            Phase::Orphan => {
                if connection.socket.tcp().recv_queue() > 0 {
                    // Nobody will ever read it, and the peer should know (RFC 9293 §3.10.4 on CLOSE).
                    connection.socket.tcp_mut().abort();
                    connection.phase = Phase::Over;
                }
                return;
            }
            Phase::Opening => match state {
                State::SynSent | State::SynReceived => return,
                State::Closed | State::Listen => return self.end(id, ConnectionEvent::Refused),
                _ => {
                    connection.phase = Phase::Open;
                    self.tell(id, ConnectionEvent::Connected);
                }
            },
            Phase::HalfOpen => match state {
                State::SynReceived => return,
                State::Closed | State::Listen => {
                    self.half_open -= 1;
                    connection.phase = Phase::Over;
                    return;
                }
                _ => {
                    self.half_open -= 1;
                    self.statistics.accepted += 1;
                    connection.phase = Phase::Open;
                    self.tell(id, ConnectionEvent::Accepted);
                }
            },
            Phase::Open => {}
        }
        self.observe_open(id, state, reset);
    }

    fn observe_open(&mut self, id: ConnectionId, state: State, reset: bool) {
        let Some(connection) = self.connections.get_mut(id) else {
            return;
        };
        let (tcp, events) = (connection.socket.tcp(), &mut self.events);
        let unread = tcp.recv_queue() > 0;
        if unread && !connection.readable_told {
            connection.readable_told = true;
            events.push_back(SocketEvent::Connection(id, ConnectionEvent::Readable));
        }
        let peer_closed = matches!(
            state,
            State::CloseWait | State::LastAck | State::Closing | State::TimeWait
        );
        if peer_closed && !connection.peer_closed_told {
            connection.peer_closed_told = true;
            events.push_back(SocketEvent::Connection(id, ConnectionEvent::PeerClosed));
        }
        let half_free = tcp.send_queue() <= tcp.send_capacity() / 2;
        if connection.wants_room && half_free && tcp.may_send() {
            connection.wants_room = false;
            events.push_back(SocketEvent::Connection(id, ConnectionEvent::Writable));
        }
        if state == State::Closed && reset {
            self.end(id, ConnectionEvent::Reset);
        } else {
            self.end_if_done(id);
        }
    }

    /// Ends a connection of which both sides are done and everything is read.
    pub(super) fn end_if_done(&mut self, id: ConnectionId) {
        let is_done = self.connections.get(id).is_some_and(|connection| {
            let tcp = connection.socket.tcp();
            let is_over = matches!(tcp.state(), State::Closed | State::TimeWait);
            connection.phase == Phase::Open && is_over && tcp.recv_queue() == 0
        });
        if is_done {
            self.end(id, ConnectionEvent::Closed);
        }
    }

    fn tell(&mut self, id: ConnectionId, event: ConnectionEvent) {
        self.events.push_back(SocketEvent::Connection(id, event));
    }

    /// Tells a final event. The connection itself goes when its last packets have left.
    pub(super) fn end(&mut self, id: ConnectionId, event: ConnectionEvent) {
        if let Some(connection) = self.connections.get_mut(id) {
            connection.phase = Phase::Over;
            self.tell(id, event);
            self.touch(id);
        }
    }

    /// Sees to it that the connection is asked at the next flush what it has to send.
    pub(super) fn touch(&mut self, id: ConnectionId) {
        if let Some(connection) = self.connections.get_mut(id)
            && !connection.touched
        {
            connection.touched = true;
            self.touched.push_back(id);
        }
    }

    /// Lets every touched connection send, then puts it to rest: until its next deadline, or for good.
    pub(super) fn flush(&mut self, now: Instant) {
        while let Some(id) = self.touched.pop_front() {
            let Some(connection) = self.connections.get_mut(id) else {
                continue;
            };
            connection.touched = false;
            let already = self.leaving.len();
            self.stack
                .egress(now, &mut connection.socket.set, &mut self.leaving);
            let mut repeated = 0;
            for frame in self.leaving.range(already..) {
                if let Some(segment) = segment_of(frame) {
                    repeated += u64::from(connection.sent(&segment));
                }
            }
            self.statistics.retransmissions += repeated;
            if std::mem::take(&mut connection.alarmed) && repeated > 0 {
                self.statistics.timeouts += 1;
            }
            let state = connection.socket.tcp().state();
            let is_over = matches!(state, State::Closed | State::TimeWait | State::Listen);
            match connection.phase {
                Phase::Orphan | Phase::Over if is_over => self.release(now, id),
                _ => self.rearm(now, id),
            }
        }
        self.udp.flush(now, &mut self.stack, &mut self.leaving);
    }

    /// Arms the connection's alarm for its next deadline.
    fn rearm(&mut self, now: Instant, id: ConnectionId) {
        let Some(connection) = self.connections.get_mut(id) else {
            return;
        };
        if connection.is_owed() {
            connection.silent_since.get_or_insert(now);
        } else {
            connection.silent_since = None;
        }
        let gives_up = connection.gives_up_at(&self.config);
        let wants_turn = match connection.socket.tcp().state() {
            State::TimeWait => None,
            _ => self.stack.poll_at(now, &connection.socket.set),
        };
        // smoltcp counts microseconds: before the next one it would find nothing changed.
        let soonest = Instant::from_micros(now.as_micros() + 1);
        if let Some(at) = gives_up.into_iter().chain(wants_turn).min() {
            self.alarms.arm(id, at.max(soonest), &mut connection.armed);
        }
    }

    pub(super) fn judge_alarms(&mut self, now: Instant) {
        while let Some((at, id)) = self.alarms.pop_due(now) {
            let Some(connection) = self.connections.get_mut(id) else {
                continue;
            };
            if connection.armed != Some(at) {
                continue;
            }
            connection.armed = None;
            let gives_up = connection.gives_up_at(&self.config);
            if gives_up.is_some_and(|at| at <= now) {
                self.give_up(id);
                continue;
            }
            let wants_turn = self.stack.poll_at(now, &connection.socket.set);
            if wants_turn.is_some_and(|at| at <= now) {
                connection.alarmed = true;
                self.touch(id);
            } else {
                self.rearm(now, id);
            }
        }
    }

    /// Ends a connection whose peer has been silent for too long.
    fn give_up(&mut self, id: ConnectionId) {
        let Some(connection) = self.connections.get_mut(id) else {
            return;
        };
        match connection.phase {
            Phase::Opening => {
                self.tell(id, ConnectionEvent::TimedOut);
                self.forget(id);
            }
            Phase::HalfOpen => self.forget(id),
            Phase::Open => {
                connection.socket.tcp_mut().abort();
                self.end(id, ConnectionEvent::TimedOut);
            }
            Phase::Orphan | Phase::Over => {
                connection.socket.tcp_mut().abort();
                connection.phase = Phase::Over;
                self.touch(id);
            }
        }
    }

    /// Lets go of a connection whose last packet has left.
    fn release(&mut self, now: Instant, id: ConnectionId) {
        if let Some(connection) = self.connections.get(id)
            && connection.socket.tcp().state() == State::TimeWait
            && let Some(remnant) = connection.last_sent
        {
            self.time_wait.insert(now, connection.key, remnant);
        }
        self.forget(id);
    }

    /// Forgets a connection at once, as if it had never been.
    pub(super) fn forget(&mut self, id: ConnectionId) {
        let Some(connection) = self.connections.remove(id) else {
            return;
        };
        self.by_key.remove(&connection.key);
        if connection.phase == Phase::HalfOpen {
            self.half_open -= 1;
        }
        if self.spare.len() < SPARE_LIMIT {
            self.spare.push(connection.socket);
        }
    }

    pub(super) fn fresh_socket(&mut self) -> Socket {
        let mut socket = match self.spare.pop() {
            Some(socket) => socket,
            None => Socket::new(&self.config),
        };
        socket.renew(&self.config);
        socket
    }
}

/// Whether a segment asks for a connection.
pub(super) fn opens(tcp: &Tcp<'_>) -> bool {
    let controls = TcpFlags::SYN | TcpFlags::ACK | TcpFlags::RST | TcpFlags::FIN;
    tcp.flags().0 & controls.0 == TcpFlags::SYN.0
}

/// The segment in a frame that is about to leave.
fn segment_of(frame: &Frame) -> Option<Tcp<'_>> {
    let ip = Ipv4::parse(frame.octets().get(Ethernet::HEADER_LEN..)?).ok()?;
    Tcp::parse(ip.payload()).ok()
}

/// A frame with room for an Ethernet header in front of `packet`.
pub(super) fn behind_room(packet: &[u8]) -> Frame {
    let mut octets = vec![0; Ethernet::HEADER_LEN + packet.len()];
    octets[Ethernet::HEADER_LEN..].copy_from_slice(packet);
    Frame::from(octets)
}
