//! How a run ends: with what became of every node and lane, or because it would not end.

use switchlab_core::{Counters, PortId};
use switchlab_topology::End;

use super::Simulation;
use crate::lane::Lane;
use crate::outcome::{LaneOutcome, NodeOutcome, Outcome, RunError};

impl Simulation {
    pub(super) fn exhausted(&self) -> RunError {
        RunError::BudgetExhausted {
            budget: self.budget,
            at: self.now,
            busiest: self.busiest(),
        }
    }

    pub(super) fn storm(&self) -> RunError {
        RunError::Storm {
            in_flight: self.in_flight,
            at: self.now,
            busiest: self.busiest(),
        }
    }

    fn busiest(&self) -> Vec<(String, u64)> {
        let mut busiest: Vec<_> = (0..)
            .zip(&self.nodes)
            .map(|(node, state)| (state.events, node))
            .collect();
        busiest.sort_by_key(|(events, node)| (u64::MAX - events, *node));
        let first = busiest.into_iter().take(3);
        first
            .map(|(events, node)| (self.name(node), events))
            .collect()
    }

    pub(super) fn outcome(self) -> Outcome {
        let nodes = self.topology.nodes().zip(&self.nodes);
        let nodes = nodes.map(|((_, node), state)| {
            let device = state.device.as_ref();
            let mut counters = device.map_or_else(Counters::default, |it| it.counters());
            counters.add(&state.past);
            NodeOutcome {
                name: node.name.clone(),
                is_on: state.device.is_some(),
                counters,
            }
        });
        let nodes = nodes.collect();
        let ends = self.topology.nodes().flat_map(|(node, plan)| {
            (0..plan.ports).map(move |port| End {
                node,
                port: PortId::new(port),
            })
        });
        let lanes = ends
            .zip(self.ports)
            .map(|(end, port)| LaneOutcome {
                from: self.topology.end_name(end),
                offered: port.offered,
                duplicated: port.duplicated,
                delivered: port.delivered,
                in_flight: port.lane.as_ref().map_or(0, Lane::in_flight),
                drops: port.drops,
            })
            .collect();
        Outcome {
            end: self.now,
            events: self.events,
            nodes,
            lanes,
            failures: self.failures,
        }
    }
}
