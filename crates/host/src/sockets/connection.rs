//! One connection: its name, its socket, and what its owner knows of it.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use smoltcp::iface::{SocketHandle, SocketSet};
use smoltcp::socket::tcp::{self, State};
use switchlab_core::Instant;
use switchlab_wire::{FlowKey, IpProtocol, Ipv4, Tcp, TcpFlags};

use super::time_wait::Remnant;
use super::{CongestionControl, SocketsConfig};

/// The name of a connection among all that its [`Sockets`](super::Sockets) ever had.
///
/// A dead id stays harmless: calls with it do nothing and find nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId {
    pub(super) index: u32,
    pub(super) generation: u32,
}

impl ConnectionId {
    /// A small number that no other living connection has: an index into a table of the owner's.
    ///
    /// It is used again for later connections.
    #[must_use]
    pub const fn index(self) -> usize {
        self.index as usize
    }
}

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "c{}.{}", self.index, self.generation)
    }
}

impl fmt::Debug for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Both ends of a connection, as seen from here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Key {
    pub(super) local: Ipv4Addr,
    pub(super) remote: Ipv4Addr,
    pub(super) local_port: u16,
    pub(super) remote_port: u16,
}

impl Key {
    /// The connection that an arriving segment belongs to.
    pub(super) fn of_arriving(ip: &Ipv4<'_>, tcp: &Tcp<'_>) -> Self {
        Self {
            local: ip.destination(),
            remote: ip.source(),
            local_port: tcp.destination_port(),
            remote_port: tcp.source_port(),
        }
    }

    /// The connection that a packet sent from here belongs to, if it is one of TCP over IPv4.
    pub(super) fn of_leaving(flow: &FlowKey) -> Option<Self> {
        match (flow.source, flow.destination, flow.protocol) {
            (source, destination, IpProtocol::TCP) => Some(Self {
                local: v4(source)?,
                remote: v4(destination)?,
                local_port: flow.source_port,
                remote_port: flow.destination_port,
            }),
            _ => None,
        }
    }

    pub(super) fn local(&self) -> SocketAddr {
        (self.local, self.local_port).into()
    }

    pub(super) fn remote(&self) -> SocketAddr {
        (self.remote, self.remote_port).into()
    }
}

pub(super) fn v4(address: IpAddr) -> Option<Ipv4Addr> {
    match address {
        IpAddr::V4(address) => Some(address),
        IpAddr::V6(_) => None,
    }
}

/// Whether the address names one host, as both ends of a connection must.
pub(super) fn names_one(address: Ipv4Addr) -> bool {
    !address.is_unspecified() && !address.is_multicast() && !address.is_broadcast()
}

/// What the owner of a connection knows of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// The owner asked for it and waits for `Connected`.
    Opening,
    /// A SYN came; the owner does not know yet.
    HalfOpen,
    /// The owner has it.
    Open,
    /// The owner closed it and hears no more of it; what was sent must still get there.
    Orphan,
    /// It is over for the owner; what is left are packets that must still leave.
    Over,
}

/// A TCP socket in a set of its own, with its buffers; used for one connection after another.
pub(super) struct Socket {
    pub(super) set: SocketSet<'static>,
    handle: SocketHandle,
}

impl Socket {
    pub(super) fn new(config: &SocketsConfig) -> Self {
        let receive = tcp::SocketBuffer::new(vec![0; config.receive_buffer]);
        let send = tcp::SocketBuffer::new(vec![0; config.send_buffer]);
        let mut set = SocketSet::new(Vec::with_capacity(1));
        let handle = set.add(tcp::Socket::new(receive, send));
        Self { set, handle }
    }

    /// Makes a socket that was used before as good as new.
    pub(super) fn renew(&mut self, config: &SocketsConfig) {
        let tcp = self.tcp_mut();
        tcp.abort();
        tcp.set_nagle_enabled(false);
        tcp.set_ack_delay(config.acknowledgment_delay.map(Into::into));
        tcp.set_congestion_control(match config.congestion_control {
            CongestionControl::Off => tcp::CongestionControl::None,
            CongestionControl::Reno => tcp::CongestionControl::Reno,
            CongestionControl::Cubic => tcp::CongestionControl::Cubic,
        });
    }

    pub(super) fn tcp(&self) -> &tcp::Socket<'static> {
        self.set.get(self.handle)
    }

    pub(super) fn tcp_mut(&mut self) -> &mut tcp::Socket<'static> {
        self.set.get_mut(self.handle)
    }
}

/// One connection.
pub(super) struct Connection {
    pub(super) key: Key,
    pub(super) phase: Phase,
    pub(super) socket: Socket,
    /// `Readable` was told and nothing read since.
    pub(super) readable_told: bool,
    /// `PeerClosed` was told.
    pub(super) peer_closed_told: bool,
    /// `send` took less than it was given.
    pub(super) wants_room: bool,
    /// In the queue of those that may have something to send.
    pub(super) touched: bool,
    /// Touched because its alarm went off, not because of a segment or its owner.
    pub(super) alarmed: bool,
    /// When the connection comes up among the alarms.
    pub(super) armed: Option<Instant>,
    /// Since when the peer owes an acknowledgment and has been silent.
    pub(super) silent_since: Option<Instant>,
    /// The last segment that left: numbers and window as TIME-WAIT would need them.
    pub(super) last_sent: Option<Remnant>,
    /// The number behind the last octet ever sent.
    pub(super) sent_until: Option<u32>,
    /// The peer's last segment closed its window: what goes out in spite of it are probes.
    pub(super) window_closed: bool,
}

impl Connection {
    pub(super) fn new(key: Key, phase: Phase, socket: Socket) -> Self {
        Self {
            key,
            phase,
            socket,
            readable_told: false,
            peer_closed_told: false,
            wants_room: false,
            touched: false,
            alarmed: false,
            armed: None,
            silent_since: None,
            last_sent: None,
            sent_until: None,
            window_closed: false,
        }
    }

    /// Notes a segment that leaves, and says whether it had left before.
    pub(super) fn sent(&mut self, segment: &Tcp<'_>) -> bool {
        let flags = segment.flags();
        let controls =
            u32::from(flags.contains(TcpFlags::SYN)) + u32::from(flags.contains(TcpFlags::FIN));
        let length = segment.payload().len() as u32 + controls;
        let end = segment.sequence().wrapping_add(length);
        if flags.contains(TcpFlags::RST) {
            return false;
        }
        self.last_sent = Some(Remnant {
            sequence: end,
            acknowledgment: segment.acknowledgment(),
            window: segment.window(),
        });
        if length == 0 || self.window_closed {
            return false;
        }
        let is_new = self
            .sent_until
            .is_none_or(|until| (end.wrapping_sub(until) as i32) > 0);
        if is_new {
            self.sent_until = Some(end);
        }
        !is_new
    }

    /// Whether the peer owes something: an acknowledgment, or the FIN that nobody else waits for.
    pub(super) fn is_owed(&self) -> bool {
        let tcp = self.socket.tcp();
        tcp.send_queue() > 0
            || match tcp.state() {
                State::SynSent
                | State::SynReceived
                | State::FinWait1
                | State::Closing
                | State::LastAck => true,
                State::FinWait2 => self.phase == Phase::Orphan,
                _ => false,
            }
    }

    /// When the peer has been silent for too long.
    pub(super) fn gives_up_at(&self, config: &SocketsConfig) -> Option<Instant> {
        let patience = match self.phase {
            Phase::Opening | Phase::HalfOpen => config.connect_timeout,
            Phase::Open | Phase::Orphan | Phase::Over => config.user_timeout,
        };
        self.silent_since.map(|since| since + patience)
    }
}
