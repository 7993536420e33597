//! Two applications of our own that say prepared octets, to show what the others make of them.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use switchlab_host::{App, ConnectionEvent, ConnectionId, Kernel};

/// What a [`RawClient`] heard; `true` once the server closed.
pub(crate) type Heard = Arc<Mutex<(Vec<u8>, bool)>>;

/// Connects to port 80 of the server, says something and listens.
pub(crate) struct RawClient {
    pub(crate) says: Vec<u8>,
    pub(crate) heard: Heard,
}

impl App for RawClient {
    fn start(&mut self, kernel: &mut Kernel<'_>) {
        let server = SocketAddr::from(([10, 0, 0, 2], 80));
        kernel.connect(server).expect("the server is next door");
    }

    fn connection(&mut self, kernel: &mut Kernel<'_>, id: ConnectionId, event: ConnectionEvent) {
        let mut heard = self.heard.lock().expect("nobody panicked");
        match event {
            ConnectionEvent::Connected | ConnectionEvent::Writable => {
                let taken = kernel.send(id, &self.says);
                self.says.drain(..taken);
            }
            ConnectionEvent::Readable => {
                kernel.recv(id, &mut heard.0, usize::MAX);
            }
            ConnectionEvent::PeerClosed => {
                kernel.recv(id, &mut heard.0, usize::MAX);
                heard.1 = true;
                kernel.close(id);
            }
            _ => {}
        }
    }
}

/// Listens to port 80 and gives every request the same octets, without reading it.
pub(crate) struct RawServer {
    pub(crate) says: &'static [u8],
    /// Hangs up behind an answer.
    pub(crate) hangs_up: bool,
    /// How many requests of a connection it answers; at the next one it hangs up in silence.
    pub(crate) patience: usize,
    pub(crate) answered: Vec<usize>,
}

impl RawServer {
    pub(crate) fn new(says: &'static [u8], hangs_up: bool, patience: usize) -> Self {
        Self {
            says,
            hangs_up,
            patience,
            answered: Vec::new(),
        }
    }
}

impl App for RawServer {
    fn start(&mut self, kernel: &mut Kernel<'_>) {
        kernel.listen(80).expect("the port is free");
    }

    fn connection(&mut self, kernel: &mut Kernel<'_>, id: ConnectionId, event: ConnectionEvent) {
        let index = id.index();
        match event {
            ConnectionEvent::Accepted => {
                if self.answered.len() <= index {
                    self.answered.resize(index + 1, 0);
                }
                self.answered[index] = 0;
            }
            ConnectionEvent::Readable => {
                kernel.consume(id, usize::MAX);
                if self.answered[index] < self.patience {
                    self.answered[index] += 1;
                    kernel.send(id, self.says);
                    if self.hangs_up {
                        kernel.close(id);
                    }
                } else {
                    kernel.close(id);
                }
            }
            ConnectionEvent::PeerClosed => kernel.close(id),
            _ => {}
        }
    }
}

/// Listens to port 80, writes down every request, gives the same octets, and hangs up.
pub(crate) struct Scribe(pub(crate) Heard, pub(crate) &'static [u8]);

impl App for Scribe {
    fn start(&mut self, kernel: &mut Kernel<'_>) {
        kernel.listen(80).expect("the port is free");
    }

    fn connection(&mut self, kernel: &mut Kernel<'_>, id: ConnectionId, event: ConnectionEvent) {
        if event == ConnectionEvent::Readable {
            let mut heard = self.0.lock().expect("nobody panicked");
            kernel.recv(id, &mut heard.0, usize::MAX);
            kernel.send(id, self.1);
            kernel.close(id);
        }
    }
}
