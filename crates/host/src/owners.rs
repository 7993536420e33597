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
    /// Connections whose places were taken by others: it may have yet to be told that they ended.
    displaced: Vec<(ConnectionId, usize)>,
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
        let before = self.connections[id.index()].replace((id, app));
        self.displaced.extend(before);
    }

    pub(crate) fn owner(&self, id: ConnectionId) -> Option<usize> {
        let (owned, app) = (*self.connections.get(id.index())?)?;
        if owned == id {
            return Some(app);
        }
        let mut displaced = self.displaced.iter();
        displaced.find(|(old, _)| *old == id).map(|(_, app)| *app)
    }

    /// Everything has been told: nobody asks any more for connections whose places were taken.
    pub(crate) fn settled(&mut self) {
        self.displaced.clear();
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
