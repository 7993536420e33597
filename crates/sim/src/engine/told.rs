//! What nodes hear of each other over channels.

use std::time::Duration;

use switchlab_core::{Command, Event};

use super::Simulation;
use crate::admin::Deed;
use crate::channel::Channel;

/// A channel between two nodes that are there.
pub(super) struct ChannelState {
    pub(super) speaker: u32,
    pub(super) listener: u32,
    pub(super) channel: Channel,
}

impl Simulation {
    /// What those who hear of the node will be told of an event.
    pub(super) fn overheard(
        &self,
        node: u32,
        event: &Event,
        into: &mut Vec<(u32, Duration, Command)>,
    ) {
        for state in self.channels.iter().filter(|it| it.speaker == node) {
            let told = (state.channel.translate)(event);
            into.extend(told.map(|command| (state.listener, state.channel.delay, command)));
        }
    }

    /// The node is switched off: who hears of it will know.
    pub(super) fn fell_silent(&mut self, node: u32) {
        let channels = self.channels.iter().filter(|it| it.speaker == node);
        let told = channels.filter_map(|it| {
            let silence = it.channel.silence.clone()?;
            Some((it.listener, it.channel.delay, silence))
        });
        let told: Vec<_> = told.collect();
        self.tell(told);
    }

    /// The node is switched on and knows nothing: whom it hears of will be asked to announce what stands.
    pub(super) fn listens_anew(&mut self, node: u32) {
        let channels = self.channels.iter().filter(|it| it.listener == node);
        let asked = channels.map(|it| (it.speaker, it.channel.delay, Command::Announce));
        let asked: Vec<_> = asked.collect();
        self.tell(asked);
    }

    /// Lets commands reach their nodes in time.
    pub(super) fn tell(&mut self, commands: Vec<(u32, Duration, Command)>) {
        for (node, delay, command) in commands {
            let at = self.now + delay.max(Duration::from_nanos(1));
            let name = command.to_string();
            let state = &mut self.nodes[node as usize];
            let place = state
                .deeds
                .partition_point(|(when, other, _)| (*when, other) <= (at, &name));
            state.deeds.insert(place, (at, name, Deed::Told(command)));
            self.agenda.push(at, state.first_rank);
        }
    }
}
