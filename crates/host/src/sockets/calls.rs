//! What an owner may do with ports and connections.

use std::net::{IpAddr, SocketAddr};

use bytes::BufMut;

use super::connection::{Connection, Key, Phase, names_one, v4};
use super::{ConnectError, ConnectionId, ListenError, Sockets};

impl Sockets {
    /// Lets peers open connections to `port`, at any of the owner's addresses.
    ///
    /// # Errors
    /// If the port is 0 or listened on already.
    pub fn listen(&mut self, port: u16) -> Result<(), ListenError> {
        if port == 0 {
            return Err(ListenError::PortZero);
        }
        if !self.listening.insert(port) {
            return Err(ListenError::InUse { port });
        }
        Ok(())
    }

    /// Refuses connections to `port` from now on; those that stand are not touched.
    pub fn unlisten(&mut self, port: u16) {
        self.listening.remove(&port);
    }

    /// Opens a connection from `local`, one of the owner's addresses, to `remote`.
    ///
    /// `Connected` follows, or `Refused`, `Unreachable` or `TimedOut`.
    ///
    /// # Errors
    /// If no connection can lead there, no local port is free, or there are too many connections.
    pub fn connect(
        &mut self,
        local: IpAddr,
        remote: SocketAddr,
    ) -> Result<ConnectionId, ConnectError> {
        let usable = |address| v4(address).filter(|address| names_one(*address));
        let (Some(local), Some(remote_address)) = (usable(local), usable(remote.ip())) else {
            return Err(ConnectError::Address { remote });
        };
        if remote.port() == 0 {
            return Err(ConnectError::Address { remote });
        }
        let limit = self.config.connection_limit;
        if self.connections.len() >= limit {
            return Err(ConnectError::TooMany { limit });
        }
        let key_from = |local_port| Key {
            local,
            remote: remote_address,
            local_port,
            remote_port: remote.port(),
        };
        let port = self
            .ports
            .draw(|port| !self.by_key.contains_key(&key_from(port)))
            .ok_or(ConnectError::PortsExhausted { remote })?;
        let key = key_from(port);
        let mut socket = self.fresh_socket();
        let begun = self.stack.connect(socket.tcp_mut(), key);
        begun.expect("the socket is closed, and both ends were looked at above");
        self.time_wait.remove(key);
        let id = self
            .connections
            .insert(Connection::new(key, Phase::Opening, socket));
        self.by_key.insert(key, id);
        self.statistics.opened += 1;
        self.touch(id);
        Ok(id)
    }

    /// Gives octets to be sent, and says how many were taken.
    ///
    /// If that is less than all, `Writable` will tell when there is room again. Nothing is taken
    /// before the connection stands, or after [`shutdown`](Self::shutdown).
    pub fn send(&mut self, id: ConnectionId, octets: &[u8]) -> usize {
        let Some(connection) = self.open_mut(id) else {
            return 0;
        };
        let Ok(taken) = connection.socket.tcp_mut().send_slice(octets) else {
            return 0;
        };
        connection.wants_room |= taken < octets.len();
        if taken > 0 {
            self.touch(id);
        }
        taken
    }

    /// How many octets [`send`](Self::send) would take now.
    #[must_use]
    pub fn room(&self, id: ConnectionId) -> usize {
        self.open(id).map_or(0, |connection| {
            let tcp = connection.socket.tcp();
            if tcp.may_send() {
                tcp.send_capacity() - tcp.send_queue()
            } else {
                0
            }
        })
    }

    /// How many of the octets that were [sent](Self::send) the peer has not acknowledged; this can still be
    /// asked while a final event is told.
    #[must_use]
    pub fn unacknowledged(&self, id: ConnectionId) -> usize {
        let connection = self.connections.get(id);
        connection.map_or(0, |connection| connection.socket.tcp().send_queue())
    }

    /// How many octets wait to be read.
    #[must_use]
    pub fn unread(&self, id: ConnectionId) -> usize {
        self.open(id)
            .map_or(0, |connection| connection.socket.tcp().recv_queue())
    }

    /// Octets that wait to be read, where they stand; perhaps not all of them, but none only if
    /// there are none.
    #[must_use]
    pub fn peek(&mut self, id: ConnectionId) -> &[u8] {
        let Some(connection) = self.open_mut(id) else {
            return &[];
        };
        connection.socket.tcp_mut().peek(usize::MAX).unwrap_or(&[])
    }

    /// Takes away `count` of the octets that wait to be read, or all if there are fewer.
    pub fn consume(&mut self, id: ConnectionId, count: usize) {
        let mut left = count;
        self.take(id, |octets| {
            let taken = left.min(octets.len());
            left -= taken;
            taken
        });
    }

    /// Appends the octets that wait to be read to `into`, at most `limit` of them, and says how many.
    pub fn recv(&mut self, id: ConnectionId, into: &mut impl BufMut, limit: usize) -> usize {
        let limit = limit.min(into.remaining_mut());
        let mut left = limit;
        self.take(id, |octets| {
            let taken = left.min(octets.len());
            into.put_slice(&octets[..taken]);
            left -= taken;
            taken
        });
        limit - left
    }

    /// Offers what waits to `taker`, piece by piece, until it takes less than a whole one.
    fn take(&mut self, id: ConnectionId, mut taker: impl FnMut(&[u8]) -> usize) {
        let Some(connection) = self.open_mut(id) else {
            return;
        };
        let tcp = connection.socket.tcp_mut();
        let mut any = false;
        while tcp.recv_queue() > 0 {
            let piece = tcp.recv(|octets| {
                let taken = taker(octets);
                (taken, (taken, octets.len()))
            });
            let Ok((taken, offered)) = piece else {
                break;
            };
            any |= taken > 0;
            if taken < offered {
                break;
            }
        }
        if any {
            connection.readable_told = false;
            // The window opens, and a connection that waited only for its reader may end.
            self.touch(id);
            self.end_if_done(id);
        }
    }

    /// Sends FIN behind all that was written: the peer will read the end. Reading goes on.
    pub fn shutdown(&mut self, id: ConnectionId) {
        if let Some(connection) = self.open_mut(id) {
            connection.socket.tcp_mut().close();
            self.touch(id);
        }
    }

    /// Lets go of a connection, as a kernel does for a process that ends: what was written still
    /// gets there, then FIN; but RST at once if there is something unread, and RST later if the peer
    /// sends more. Nothing more is told of it.
    pub fn close(&mut self, id: ConnectionId) {
        let Some(connection) = self.connections.get_mut(id) else {
            return;
        };
        match connection.phase {
            // There is nobody yet to say so to.
            Phase::Opening => self.forget(id),
            Phase::Open if connection.socket.tcp().recv_queue() > 0 => self.abort(id),
            Phase::Open => {
                connection.socket.tcp_mut().close();
                connection.phase = Phase::Orphan;
                self.touch(id);
            }
            Phase::HalfOpen | Phase::Orphan | Phase::Over => {}
        }
    }

    /// Ends a connection at once: RST to the peer, nothing more to the owner.
    pub fn abort(&mut self, id: ConnectionId) {
        let Some(connection) = self.connections.get_mut(id) else {
            return;
        };
        match connection.phase {
            Phase::Opening => self.forget(id),
            Phase::Open => {
                connection.socket.tcp_mut().abort();
                connection.phase = Phase::Over;
                self.touch(id);
            }
            Phase::HalfOpen | Phase::Orphan | Phase::Over => {}
        }
    }

    /// The owner's end of a connection.
    #[must_use]
    pub fn local(&self, id: ConnectionId) -> Option<SocketAddr> {
        self.connections
            .get(id)
            .map(|connection| connection.key.local())
    }

    /// The peer's end of a connection.
    #[must_use]
    pub fn remote(&self, id: ConnectionId) -> Option<SocketAddr> {
        self.connections
            .get(id)
            .map(|connection| connection.key.remote())
    }

    fn open(&self, id: ConnectionId) -> Option<&Connection> {
        let connection = self.connections.get(id)?;
        (connection.phase == Phase::Open).then_some(connection)
    }

    fn open_mut(&mut self, id: ConnectionId) -> Option<&mut Connection> {
        let connection = self.connections.get_mut(id)?;
        (connection.phase == Phase::Open).then_some(connection)
    }
}
