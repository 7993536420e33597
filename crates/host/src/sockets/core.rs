//! The contract between sockets and their owner, and the way of a packet to its socket.

use std::collections::{BTreeSet, VecDeque};

use switchlab_core::{DropReason, FixedMap, Instant, Stream, Table};
use switchlab_wire::{FlowKey, Frame, IpProtocol, Ipv4, Tcp};

use super::alarms::Alarms;
use super::connection::{Key, Socket};
use super::ports::Ports;
use super::segments::opens;
use super::slab::Slab;
use super::stack::Stack;
use super::time_wait::TimeWait;
use super::udp::Udp;
use super::{ConnectionId, SocketEvent, SocketsConfig};

/// TCP connections and UDP ports of one host, over IPv4: a pure machine like a
/// [`Device`](switchlab_core::Device), but for packets.
///
/// # The contract
///
/// 1. Time is told by the owner and never runs backwards. What takes no `now` has its effect in the
///    [`poll_transmit`](Self::poll_transmit) that follows.
/// 2. Packets for the owner's unicast addresses, and UDP for its broadcast addresses, are given to
///    [`receive_packet`](Self::receive_packet), whole (reassembled) and with a verified IP header.
///    `Ok` means the packet is consumed, an error that it is to be counted as dropped.
/// 3. After every call of any kind the owner takes [`poll_event`](Self::poll_event) until it gives
///    `None`, doing what the events ask for, then [`poll_transmit`](Self::poll_transmit) until it
///    gives `None`, and sends the packets. Segments leave only there, so all that was written at one
///    instant leaves together, and acknowledgments ride on answers.
/// 4. The owner calls [`handle_timeout`](Self::handle_timeout) when
///    [`poll_timeout`](Self::poll_timeout) says so. Early or twice is harmless.
/// 5. A [`ConnectionId`] lives from [`connect`](Self::connect) or `Accepted` to its
///    [final event](super::ConnectionEvent::is_final), or to [`close`](Self::close) or
///    [`abort`](Self::abort), after which nothing is told of it. A dead id is harmless.
/// 6. Buffers are bounded both ways: [`send`](Self::send) takes what fits and `Writable` tells when
///    to go on; what is not read closes the window to the peer.
/// 7. Nothing from outside panics. Equal calls give equal packets: sequence numbers and ports come
///    from the stream given to [`new`](Self::new).
///
/// # Limits
///
/// IPv4 only. The TCP is smoltcp's: the shortest retransmission timeout is 1 s (RFC 6298), fast
/// retransmit repeats one segment, there is no selective acknowledgment, so a window that loses two
/// segments stands still for a second; [`TcpStatistics::timeouts`] counts how often. No path MTU
/// discovery, no urgent data, no keep-alive segments. TIME-WAIT lasts 10 s and admits a new SYN
/// whatever its number. A datagram is never fragmented.
///
/// ```
/// use std::net::Ipv4Addr;
/// use switchlab_core::{Instant, Stream};
/// use switchlab_host::{ConnectionEvent, SocketEvent, Sockets, SocketsConfig};
///
/// let mut client = Sockets::new(SocketsConfig::default(), Stream::of(7, "client"));
/// let mut server = Sockets::new(SocketsConfig::default(), Stream::of(7, "server"));
/// let (a, b) = (Ipv4Addr::new(10, 0, 0, 1), Ipv4Addr::new(10, 0, 0, 2));
///
/// server.listen(80).unwrap();
/// let now = Instant::ZERO;
/// let id = client.connect(a.into(), (b, 80).into()).unwrap();
/// // SYN, SYN with ACK, ACK: each frame has room for an Ethernet header in front of its packet.
/// let syn = client.poll_transmit(now).unwrap();
/// server.receive_packet(now, &syn.octets()[14..]).unwrap();
/// let answer = server.poll_transmit(now).unwrap();
/// client.receive_packet(now, &answer.octets()[14..]).unwrap();
/// assert_eq!(client.poll_event(), Some(SocketEvent::Connection(id, ConnectionEvent::Connected)));
/// assert_eq!(client.send(id, b"hello"), 5);
/// ```
pub struct Sockets {
    pub(super) config: SocketsConfig,
    pub(super) stack: Stack,
    pub(super) leaving: VecDeque<Frame>,
    pub(super) events: VecDeque<SocketEvent>,
    pub(super) connections: Slab,
    pub(super) by_key: FixedMap<Key, ConnectionId>,
    pub(super) listening: BTreeSet<u16>,
    pub(super) half_open: usize,
    pub(super) time_wait: TimeWait,
    pub(super) alarms: Alarms,
    /// Connections that may have something to send, first touched first.
    pub(super) touched: VecDeque<ConnectionId>,
    /// Sockets with their buffers, ready for the next connection.
    pub(super) spare: Vec<Socket>,
    pub(super) ports: Ports,
    pub(super) statistics: TcpStatistics,
    pub(super) udp: Udp,
}

/// What TCP has counted so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TcpStatistics {
    /// Connections asked for by [`Sockets::connect`].
    pub opened: u64,
    /// Connections that peers opened, handshake done.
    pub accepted: u64,
    /// Segments with data, SYN or FIN that had left before.
    pub retransmissions: u64,
    /// How often the retransmission timer ran out; each time its connection stood still for at
    /// least 1 s.
    pub timeouts: u64,
}

impl Sockets {
    /// No connections, no ports; sequence numbers and local ports will come from `stream`.
    #[must_use]
    pub fn new(config: SocketsConfig, mut stream: Stream) -> Self {
        let config = config.within_range();
        Self {
            stack: Stack::new(stream.next_u64(), config.mtu),
            leaving: VecDeque::new(),
            events: VecDeque::new(),
            connections: Slab::default(),
            by_key: FixedMap::default(),
            listening: BTreeSet::new(),
            half_open: 0,
            time_wait: TimeWait::default(),
            alarms: Alarms::default(),
            touched: VecDeque::new(),
            spare: Vec::new(),
            ports: Ports::new(&mut stream),
            statistics: TcpStatistics::default(),
            udp: Udp::default(),
            config,
        }
    }

    /// Takes a packet for one of the owner's addresses; `packet` begins with the IPv4 header.
    ///
    /// ICMP errors are taken too, as far as they are about connections; other ICMP is the owner's.
    ///
    /// # Errors
    /// Why the packet is of no use, to be counted by the owner. For a segment that fits no
    /// connection the RST is already among what leaves. For a datagram to a port that is not bound
    /// (`l4.port-closed`) the owner sends ICMP port unreachable, as far as it may.
    pub fn receive_packet(&mut self, now: Instant, packet: &[u8]) -> Result<(), DropReason> {
        let ip = Ipv4::parse(packet).map_err(|_| DropReason::HeaderMalformed)?;
        if ip.is_fragment() {
            return Err(DropReason::ReassemblyFailed);
        }
        match ip.protocol() {
            IpProtocol::TCP => self.receive_segment(now, &ip),
            IpProtocol::UDP => self.receive_datagram(now, &ip),
            IpProtocol::ICMP => self.receive_error(&ip),
            _ => Err(DropReason::UnknownProtocol),
        }
    }

    /// Whose a packet is at `now`, for a person to read; `packet` begins with the IPv4 header.
    pub(crate) fn taker_of(&self, now: Instant, packet: &[u8]) -> String {
        let nobody = || "nobody".to_owned();
        let (Ok(ip), Ok(flow)) = (Ipv4::parse(packet), FlowKey::of(packet)) else {
            return nobody();
        };
        // Turned round, it is what leaves from here; an ICMP error travels against what it quotes.
        if let Some(key) = Key::of_leaving(&flow.reversed()) {
            if let Some(connection) = self
                .by_key
                .get(&key)
                .and_then(|id| self.connections.get(*id))
            {
                let state = connection.socket.tcp().state();
                return format!("the connection with {}, {state}", key.remote());
            }
            let is_syn = Tcp::parse(ip.payload()).is_ok_and(|tcp| opens(&tcp));
            return if is_syn && self.listening.contains(&key.local_port) {
                format!("the listener at TCP port {}", key.local_port)
            } else if self.time_wait.get(now, key).is_some() {
                format!("the connection with {}, TIME-WAIT", key.remote())
            } else {
                nobody()
            };
        }
        let port = flow.destination_port;
        if flow.protocol == IpProtocol::UDP && self.udp.is_bound(port) {
            format!("the socket bound to UDP port {port}")
        } else {
            nobody()
        }
    }

    /// The next thing the owner should know.
    pub fn poll_event(&mut self) -> Option<SocketEvent> {
        self.events.pop_front()
    }

    /// Whether [`poll_event`](Self::poll_event) has something to give.
    #[must_use]
    pub fn has_events(&self) -> bool {
        !self.events.is_empty()
    }

    /// The next packet to be sent, behind [`Ethernet::HEADER_LEN`](switchlab_wire::Ethernet) octets
    /// of room for the Ethernet header.
    pub fn poll_transmit(&mut self, now: Instant) -> Option<Frame> {
        if self.leaving.is_empty() {
            self.flush(now);
        }
        self.leaving.pop_front()
    }

    /// Acts on every deadline due at `now`: what is to be repeated, and whose patience has ended.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.judge_alarms(now);
    }

    /// When [`handle_timeout`](Self::handle_timeout) next has work; perhaps too early, never too late.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.alarms.next()
    }

    /// How many connections there are, half-open ones included, those in TIME-WAIT not.
    #[must_use]
    pub fn len(&self) -> usize {
        self.connections.len()
    }

    /// Whether there is no connection.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The settings, moved into their ranges.
    #[must_use]
    pub fn config(&self) -> &SocketsConfig {
        &self.config
    }

    /// What TCP has counted so far.
    #[must_use]
    pub fn statistics(&self) -> TcpStatistics {
        self.statistics
    }

    /// The connections at `now`, in order of their ends, as `ss` or `netstat` show them.
    #[must_use]
    pub fn table(&self, now: Instant) -> Table {
        let mut rows: Vec<(Key, [String; 3])> = self
            .connections
            .iter()
            .map(|connection| {
                let tcp = connection.socket.tcp();
                let cells = [
                    tcp.state().to_string(),
                    tcp.recv_queue().to_string(),
                    tcp.send_queue().to_string(),
                ];
                (connection.key, cells)
            })
            .collect();
        let remnants = self.time_wait.keys(now);
        rows.extend(remnants.map(|key| (key, ["TIME-WAIT".into(), "0".into(), "0".into()])));
        rows.sort_unstable();
        Table {
            title: "connections",
            columns: vec![
                "local",
                "remote",
                "state",
                "to read (octets)",
                "to send (octets)",
            ],
            rows: rows
                .into_iter()
                .map(|(key, [state, receive, send])| {
                    vec![
                        key.local().to_string(),
                        key.remote().to_string(),
                        state,
                        receive,
                        send,
                    ]
                })
                .collect(),
        }
    }
}
