//! Two hosts' sockets at the two ends of a line that delays, loses and alters packets.

mod datagrams;
mod flow;
mod laws;
mod life;
mod limits;

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use switchlab_core::{DropReason, Instant, Stream};
use switchlab_wire::{Ethernet, IcmpType, Ipv4Builder, TcpFlags, TcpHeader};

use super::*;
use ConnectionEvent::*;

const A: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
const B: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);
const DELAY: Duration = Duration::from_micros(500);

fn a() -> IpAddr {
    A.into()
}

fn at_b(port: u16) -> SocketAddr {
    (B, port).into()
}

/// What a line does to the packet with this number, counted over both directions.
type Fault = fn(u64) -> bool;

/// Two owners of sockets, A and B, and the line between them.
struct Line {
    now: Instant,
    ends: [Sockets; 2],
    flying: VecDeque<(Instant, usize, Vec<u8>)>,
    told: [Vec<(ConnectionId, ConnectionEvent)>; 2],
    drops: Vec<DropReason>,
    carried: u64,
    /// How often deadlines came due.
    turns: u64,
    history: Vec<(Instant, usize, Vec<u8>)>,
    loses: Fault,
    /// B reads what comes and sends it back, and closes after A did.
    echoes: bool,
}

impl Line {
    fn new() -> Self {
        Self::with(&SocketsConfig::default())
    }

    fn with(config: &SocketsConfig) -> Self {
        Self {
            now: Instant::ZERO,
            ends: ["a", "b"].map(|name| Sockets::new(config.clone(), Stream::of(7, name))),
            flying: VecDeque::new(),
            told: [vec![], vec![]],
            drops: vec![],
            carried: 0,
            turns: 0,
            history: vec![],
            loses: |_| false,
            echoes: false,
        }
    }

    /// Steps 3 of the contract, for both ends.
    fn settle(&mut self) {
        for end in [0, 1] {
            loop {
                while let Some(event) = self.ends[end].poll_event() {
                    if let SocketEvent::Connection(id, event) = event {
                        self.told[end].push((id, event));
                        self.serve(end, id, event);
                    }
                }
                let Some(frame) = self.ends[end].poll_transmit(self.now) else {
                    break;
                };
                let packet = frame.octets()[Ethernet::HEADER_LEN..].to_vec();
                self.carried += 1;
                self.history.push((self.now, end, packet.clone()));
                if !(self.loses)(self.carried) {
                    self.flying.push_back((self.now + DELAY, 1 - end, packet));
                }
            }
        }
    }

    fn serve(&mut self, end: usize, id: ConnectionId, event: ConnectionEvent) {
        if !self.echoes || end == 0 {
            return;
        }
        let sockets = &mut self.ends[end];
        while sockets.unread(id) > 0 {
            let octets = sockets.peek(id).to_vec();
            let taken = sockets.send(id, &octets);
            sockets.consume(id, taken);
            if taken < octets.len() {
                // `Writable` will tell when to go on.
                break;
            }
        }
        if event == PeerClosed && sockets.unread(id) == 0 {
            sockets.shutdown(id);
        }
    }

    /// Lets time pass until nothing happens before `until`.
    fn run(&mut self, until: Instant) {
        self.settle();
        loop {
            let arrival = self.flying.front().map(|(at, ..)| *at);
            let due = self.ends.iter().filter_map(Sockets::poll_timeout).min();
            let Some(next) = arrival
                .into_iter()
                .chain(due)
                .min()
                .filter(|at| *at <= until)
            else {
                break;
            };
            self.now = self.now.max(next);
            while self.flying.front().is_some_and(|(at, ..)| *at <= self.now) {
                let (_, end, packet) = self.flying.pop_front().expect("looked at just now");
                if let Err(reason) = self.ends[end].receive_packet(self.now, &packet) {
                    self.drops.push(reason);
                }
                self.settle();
            }
            self.turns += 1;
            for end in &mut self.ends {
                end.handle_timeout(self.now);
            }
            self.settle();
        }
        self.now = until;
    }

    fn run_for(&mut self, span: Duration) {
        self.run(self.now + span);
    }

    fn events(&self, end: usize) -> Vec<ConnectionEvent> {
        self.told[end].iter().map(|(_, event)| *event).collect()
    }

    /// Opens a connection from A to port 80 of B.
    #[track_caller]
    fn connect(&mut self) -> (ConnectionId, ConnectionId) {
        if self.ends[1].listening.is_empty() {
            self.ends[1].listen(80).unwrap();
        }
        let id = self.ends[0].connect(a(), at_b(80)).unwrap();
        self.run_for(DELAY * 4);
        let accepted = self.told[1].iter().rfind(|(_, event)| *event == Accepted);
        (id, accepted.expect("nothing stands in the way").0)
    }

    fn read(&mut self, end: usize, id: ConnectionId) -> Vec<u8> {
        let mut octets = Vec::new();
        self.ends[end].recv(id, &mut octets, usize::MAX);
        octets
    }
}
