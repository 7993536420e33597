//! What applications may ask of their host: the system calls.

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use bytes::BufMut;
use switchlab_core::{Egress, Event, Instant, Stream};
use switchlab_wire::Echo;

use crate::owners::Owners;
use crate::{
    ConnectError, ConnectionId, DatagramEnds, ListenError, PingError, SendError, Sockets, Station,
};

/// The host as an application sees it, for the length of one call.
///
/// What is opened here is the application's: nobody else hears of it, and it ends with it.
/// Segments and datagrams leave when the application has returned, all together.
pub struct Kernel<'a> {
    pub(crate) now: Instant,
    pub(crate) app: usize,
    pub(crate) name: &'a Arc<str>,
    pub(crate) station: &'a mut Station,
    pub(crate) owners: &'a mut Owners,
    pub(crate) events: &'a mut VecDeque<Event>,
    pub(crate) stream: &'a mut Stream,
    pub(crate) tx: &'a mut Egress,
}

impl Kernel<'_> {
    /// What time it is.
    #[must_use]
    pub const fn now(&self) -> Instant {
        self.now
    }

    /// The name of the application on its host.
    #[must_use]
    pub const fn name(&self) -> &Arc<str> {
        self.name
    }

    /// Random numbers: the stream of the applications of this host.
    pub const fn random(&mut self) -> &mut Stream {
        self.stream
    }

    /// The address from which this host speaks to `remote`; `None` if no route leads there.
    #[must_use]
    pub fn address_towards(&self, remote: IpAddr) -> Option<IpAddr> {
        self.station.address_towards(remote)
    }

    /// Reports something to whoever watches the run.
    pub fn report(&mut self, event: Event) {
        self.events.push_back(event);
    }

    /// Lets peers open connections to `port`, at any address of the host.
    ///
    /// # Errors
    /// If the port is 0 or listened on already, by this application or another.
    pub fn listen(&mut self, port: u16) -> Result<(), ListenError> {
        self.sockets().listen(port)?;
        self.owners.listens(port, self.app);
        Ok(())
    }

    /// Refuses connections to `port` from now on, if it was this application that listened; those that
    /// stand are not touched.
    pub fn unlisten(&mut self, port: u16) {
        if self.owners.listener(port) == Some(self.app) {
            self.owners.no_longer_listens(port);
            self.sockets().unlisten(port);
        }
    }

    /// Opens a connection to `remote`, from the address and a port that the host chooses.
    ///
    /// `Connected` follows, or `Refused`, `Unreachable` or `TimedOut`.
    ///
    /// # Errors
    /// If no route leads there, no local port is free, or there are too many connections.
    pub fn connect(&mut self, remote: SocketAddr) -> Result<ConnectionId, ConnectError> {
        let local = self.address_towards(remote.ip());
        let local = local.ok_or(ConnectError::NoRoute { remote })?;
        let id = self.sockets().connect(local, remote)?;
        self.owners.opens(id, self.app);
        Ok(id)
    }

    /// As [`Sockets::send`].
    pub fn send(&mut self, id: ConnectionId, octets: &[u8]) -> usize {
        self.sockets().send(id, octets)
    }

    /// As [`Sockets::room`].
    #[must_use]
    pub fn room(&self, id: ConnectionId) -> usize {
        self.station.sockets().room(id)
    }

    /// As [`Sockets::unread`].
    #[must_use]
    pub fn unread(&self, id: ConnectionId) -> usize {
        self.station.sockets().unread(id)
    }

    /// As [`Sockets::peek`].
    #[must_use]
    pub fn peek(&mut self, id: ConnectionId) -> &[u8] {
        self.sockets().peek(id)
    }

    /// As [`Sockets::consume`].
    pub fn consume(&mut self, id: ConnectionId, count: usize) {
        self.sockets().consume(id, count);
    }

    /// As [`Sockets::recv`].
    pub fn recv(&mut self, id: ConnectionId, into: &mut impl BufMut, limit: usize) -> usize {
        self.sockets().recv(id, into, limit)
    }

    /// As [`Sockets::shutdown`].
    pub fn shutdown(&mut self, id: ConnectionId) {
        self.sockets().shutdown(id);
    }

    /// As [`Sockets::close`].
    pub fn close(&mut self, id: ConnectionId) {
        self.sockets().close(id);
    }

    /// As [`Sockets::abort`].
    pub fn abort(&mut self, id: ConnectionId) {
        self.sockets().abort(id);
    }

    /// The host's end of a connection.
    #[must_use]
    pub fn local(&self, id: ConnectionId) -> Option<SocketAddr> {
        self.station.sockets().local(id)
    }

    /// The peer's end of a connection.
    #[must_use]
    pub fn remote(&self, id: ConnectionId) -> Option<SocketAddr> {
        self.station.sockets().remote(id)
    }

    /// Takes datagrams to UDP `port`, at any address of the host, from now on.
    ///
    /// # Errors
    /// If the port is 0 or bound already, by this application or another.
    pub fn bind(&mut self, port: u16) -> Result<(), ListenError> {
        self.sockets().bind(port)?;
        self.owners.binds(port, self.app);
        Ok(())
    }

    /// Takes no more datagrams to `port`, if it was this application that bound it; what waits there
    /// is lost.
    pub fn unbind(&mut self, port: u16) {
        if self.owners.binder(port) == Some(self.app) {
            self.owners.no_longer_binds(port);
            self.sockets().unbind(port);
        }
    }

    /// Sends a datagram from a bound port to `remote`, from the address that the host chooses.
    ///
    /// # Errors
    /// If no route leads there, the port is not bound, the payload is too long, or the port's buffer
    /// is full.
    pub fn send_to(
        &mut self,
        port: u16,
        remote: SocketAddr,
        payload: &[u8],
    ) -> Result<(), SendError> {
        let local = self.address_towards(remote.ip());
        let local = local.ok_or(SendError::NoRoute { remote })?;
        self.sockets()
            .send_to((local, port).into(), remote, payload)
    }

    /// Sends a datagram in answer to one that came: from the address it was sent to, or, if it was
    /// sent to everybody, from the address that the host chooses.
    ///
    /// # Errors
    /// As [`send_to`](Self::send_to).
    pub fn answer(&mut self, ends: DatagramEnds, payload: &[u8]) -> Result<(), SendError> {
        if !self.station.has_address(ends.local.ip()) {
            return self.send_to(ends.local.port(), ends.remote, payload);
        }
        self.sockets().send_to(ends.local, ends.remote, payload)
    }

    /// As [`Sockets::recv_from`].
    pub fn recv_from(&mut self, port: u16, into: &mut impl BufMut) -> Option<DatagramEnds> {
        self.sockets().recv_from(port, into)
    }

    /// Sends an ICMP echo request; the answer comes as [`echo_reply`](crate::App::echo_reply).
    ///
    /// The application's requests are told from those of others by the identifier, which the host
    /// chooses.
    ///
    /// # Errors
    /// If no route leads there, or `payload` does not fit into one packet.
    pub fn ping(
        &mut self,
        target: Ipv4Addr,
        sequence: u16,
        payload: &[u8],
    ) -> Result<(), PingError> {
        let echo = Echo {
            identifier: Owners::identifier(self.app),
            sequence,
        };
        self.station.ping(self.now, target, echo, payload, self.tx)
    }

    const fn sockets(&mut self) -> &mut Sockets {
        self.station.sockets_mut()
    }
}
