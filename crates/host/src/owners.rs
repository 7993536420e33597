//! Which application a port, a connection or an echo belongs to.

use std::collections::BTreeMap;

use crate::{ConnectionId, Sockets};

/// Applications are known by their places among those of the host.
#[derive(Debug, Default)]
pub(crate) struct Owners {
    listening: BTreeMap<u16, usize>,
    bound: BTreeMap<u16, usize>,
    /// By [`ConnectionId::index`]. An entry outlives its connection until the place is used again.
    connections: Vec<Option<(ConnectionId, usize)>>,
}

impl Owners {
    /// The ICMP identifier of an application's echo requests.
    pub(crate) const fn identifier(app: usize) -> u16 {
        app as u16
    }

    pub(crate) fn listens(&mut self, port: u16, app: usize) {
        self.listening.insert(port, app);
    }

    pub(crate) fn no_longer_listens(&mut self, port: u16) {
        self.listening.remove(&port);
    }

    pub(crate) fn listener(&self, port: u16) -> Option<usize> {
        self.listening.get(&port).copied()
    }

    pub(crate) fn binds(&mut self, port: u16, app: usize) {
        self.bound.insert(port, app);
    }

    pub(crate) fn no_longer_binds(&mut self, port: u16) {
        self.bound.remove(&port);
    }

    pub(crate) fn binder(&self, port: u16) -> Option<usize> {
        self.bound.get(&port).copied()
    }

    pub(crate) fn opens(&mut self, id: ConnectionId, app: usize) {
        if self.connections.len() <= id.index() {
            self.connections.resize(id.index() + 1, None);
        }
        self.connections[id.index()] = Some((id, app));
    }

    pub(crate) fn owner(&self, id: ConnectionId) -> Option<usize> {
        let (owned, app) = (*self.connections.get(id.index())?)?;
        (owned == id).then_some(app)
    }

    /// How many connections there were at once at most, since everything was closed.
    #[cfg(test)]
    pub(crate) fn places(&self) -> usize {
        self.connections.len()
    }

    /// Closes all that anybody has open, as a kernel does when processes end.
    pub(crate) fn close_all(&mut self, sockets: &mut Sockets) {
        for port in std::mem::take(&mut self.listening).into_keys() {
            sockets.unlisten(port);
        }
        for port in std::mem::take(&mut self.bound).into_keys() {
            sockets.unbind(port);
        }
        for (id, _) in self.connections.drain(..).flatten() {
            sockets.close(id);
        }
    }
}
