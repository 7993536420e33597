//! A channel: how one node hears of another outside the network, as control planes do.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use switchlab_core::{Command, Event};

/// What a listener is told when its speaker reports something; `None` if that does not concern it.
pub type Translate = Arc<dyn Fn(&Event) -> Option<Command> + Send + Sync>;

/// How one node hears of another outside the network: what the one reports the other is commanded, some time
/// later. The engine understands neither.
///
/// When the speaker is switched off, the listener is told as well. When the listener is switched on anew, and
/// so knows nothing, the speaker is asked to [announce](Command::Announce) what stands. All of it takes the
/// channel's delay, one way.
#[derive(Clone)]
pub struct Channel {
    /// Who reports: the name of a node.
    pub speaker: String,
    /// Who is told: the name of a node.
    pub listener: String,
    /// How long that takes; at least 1 ns, as any way from node to node.
    pub delay: Duration,
    /// What the listener is told.
    pub translate: Translate,
    /// What it is told when the speaker is switched off.
    pub silence: Option<Command>,
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channel")
            .field("speaker", &self.speaker)
            .field("listener", &self.listener)
            .field("delay", &self.delay)
            .finish_non_exhaustive()
    }
}
