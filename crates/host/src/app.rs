//! What an application is to its host.

use switchlab_core::{Command, Instant};

use crate::{ConnectionEvent, ConnectionId, EchoReply, Kernel};

/// An application on a host: a pure machine above sockets, as a [`Device`](switchlab_core::Device) is
/// one above frames.
///
/// It is told what happens and answers by calls to the [`Kernel`] it is lent. It hears of its own
/// connections, ports and echoes only. Time never runs backwards between two calls.
///
/// ```
/// use switchlab_host::{App, ConnectionEvent, ConnectionId, Kernel};
///
/// /// Greets whoever connects, and hangs up: RFC 865, the quote of the day.
/// struct Quote;
///
/// impl App for Quote {
///     fn start(&mut self, kernel: &mut Kernel<'_>) {
///         kernel.listen(17).expect("no other application of this host listens there");
///     }
///
///     fn connection(&mut self, kernel: &mut Kernel<'_>, id: ConnectionId, event: ConnectionEvent) {
///         if event == ConnectionEvent::Accepted {
///             kernel.send(id, b"A frame climbs only as high as it must.\r\n");
///             kernel.close(id);
///         }
///     }
/// }
/// ```
pub trait App: Send {
    /// Begins, or begins anew after a stop: what it had open before is gone by now.
    fn start(&mut self, kernel: &mut Kernel<'_>);

    /// Something happened to one of its connections; by default it does not care.
    ///
    /// A connection is an application's if it asked for it or listens to its port.
    fn connection(&mut self, kernel: &mut Kernel<'_>, id: ConnectionId, event: ConnectionEvent) {
        let _ = (kernel, id, event);
    }

    /// Datagrams wait at `port`, which it has bound; by default it leaves them there.
    ///
    /// Told once; again when more come after something was read.
    fn datagrams(&mut self, kernel: &mut Kernel<'_>, port: u16) {
        let _ = (kernel, port);
    }

    /// An answer to one of its [echo requests](Kernel::ping) came; by default it does not care.
    fn echo_reply(&mut self, kernel: &mut Kernel<'_>, reply: &EchoReply) {
        let _ = (kernel, reply);
    }

    /// Something is asked of the host from outside the network that only an application understands: whether
    /// this one does, and has done it. By default it does not. It may be stopped meanwhile.
    fn control(&mut self, kernel: &mut Kernel<'_>, command: &Command) -> bool {
        let _ = (kernel, command);
        false
    }

    /// Acts on every deadline due at [`now`](Kernel::now). Being called early or twice must be harmless.
    fn handle_timeout(&mut self, kernel: &mut Kernel<'_>) {
        let _ = kernel;
    }

    /// When [`handle_timeout`](Self::handle_timeout) next has work; `None`, the default, if never.
    ///
    /// Asked after every call. A moment already past means: at once.
    fn poll_timeout(&self) -> Option<Instant> {
        None
    }

    /// The application ends, in order. When it returns, the kernel closes its ports and connections.
    fn stop(&mut self, kernel: &mut Kernel<'_>) {
        let _ = kernel;
    }

    /// The run ends here: what is unfinished is to be reported as such.
    fn conclude(&mut self, kernel: &mut Kernel<'_>) {
        let _ = kernel;
    }

    /// What it has counted so far, over all its starts: names and numbers. Nothing by default.
    fn counters(&self) -> Vec<(&'static str, u64)> {
        Vec::new()
    }
}
