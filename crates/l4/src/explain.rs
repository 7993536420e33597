//! Why a packet goes where it goes, as sentences for a learner.

use std::net::SocketAddr;

use switchlab_balance::{Algorithm, Ipvs};
use switchlab_core::Step;
use switchlab_l3::Heading;
use switchlab_wire::FlowKey;

use crate::flow::{Assigned, Direction, Flow};
use crate::service::Service;

const FLOW: &str = "l4.flow";
const WHICH_FLOW: &str = "which flow does the packet belong to?";

fn flow_step(found: String, because: &'static str) -> Step {
    Step {
        stage: FLOW,
        asked: WHICH_FLOW.to_owned(),
        found,
        because: because.into(),
    }
}

pub(crate) fn unreadable() -> Step {
    flow_step(
        "none".to_owned(),
        "A packet that is broken, or of no kind that makes up flows, passes as it is.",
    )
}

pub(crate) fn no_beginning(key: &FlowKey) -> Step {
    flow_step(
        format!("none that is known, and {key} begins none"),
        "An answer, a reset or an error without a flow it could be about passes as it is.",
    )
}

pub(crate) fn beginning(key: &FlowKey) -> Step {
    flow_step(
        format!("a new one, {key}"),
        "Nobody has spoken between these ends yet, or not for so long that it was forgotten.",
    )
}

/// A flow that is known.
pub(crate) fn known(
    flow: Option<&Flow>,
    services: &[Service],
    direction: Direction,
    is_member: bool,
) -> Step {
    let Some(flow) = flow else {
        return unreadable();
    };
    let way = match direction {
        Direction::Original => "onwards",
        Direction::Reply => "back",
    };
    let backend = match flow.backend {
        Some(Assigned { service, backend }) => {
            let service = &services[service];
            format!(", {} of {}", service.group.address(backend), service.name)
        }
        None => String::new(),
    };
    let found = format!("{} ({}){backend}, {way}", flow.original.key(), flow.state());
    let because = if is_member {
        "A flow keeps its backend and its addresses until it ends or has been silent for too long."
    } else {
        "The segment does not fit the state of that flow, so it is not taken for its own and passes as it is."
    };
    flow_step(found, because)
}

/// The answer to a SYN whose flow was given up.
pub(crate) fn answer(leaves_as: &FlowKey) -> Step {
    flow_step(
        format!("one that was given up, {}", leaves_as.reversed()),
        "The table was full when its SYN was the oldest; the hash says that this backend was asked, so the answer is translated back.",
    )
}

/// The service that a new flow is for.
pub(crate) fn service(service: &Service, key: &FlowKey) -> Step {
    Step {
        stage: "l4.service",
        asked: format!(
            "who is behind {} {}?",
            service.protocol,
            key.destination_socket()
        ),
        found: service.name.to_string(),
        because: "The virtual address and port name a service, which other machines really give."
            .into(),
    }
}

/// The backend that a new flow goes to.
pub(crate) fn backend(service: &Service, chosen: Option<SocketAddr>) -> Step {
    let because = match (chosen, service.scheduler) {
        (None, _) => {
            "No backend is registered and has a weight, so the sender is told that nobody is there."
        }
        (Some(_), _) if service.group.is_fail_open() => {
            "No backend is known to be healthy, so all of them are tried rather than none."
        }
        (Some(_), scheduler) => scheduling(scheduler),
    };
    Step {
        stage: "l4.backend",
        asked: format!("which backend of {} gets the flow?", service.name),
        found: chosen.map_or("none".to_owned(), |address| address.to_string()),
        because: because.into(),
    }
}

/// What a scheduler does, as a sentence.
const fn scheduling(scheduler: Algorithm) -> &'static str {
    match scheduler {
        Algorithm::Ipvs(Ipvs::Rr) => {
            "Healthy backends with a weight take turns; the turn moves on with each new flow."
        }
        Algorithm::Ipvs(Ipvs::Wrr) => {
            "The turn goes round, first among the heaviest backends only, then among more and more of them."
        }
        Algorithm::Ipvs(Ipvs::Lc) => {
            "It has the least to do, open flows counting far more than closed ones."
        }
        Algorithm::Ipvs(Ipvs::Wlc) => {
            "It has the least to do for its weight, open flows counting far more than closed ones."
        }
        Algorithm::Ipvs(Ipvs::Sed) => {
            "It would have the fewest open flows for its weight, this one counted."
        }
        Algorithm::Ipvs(Ipvs::Nq) => {
            "It is idle, or, if nobody is, would have the fewest open flows for its weight, this one counted."
        }
        Algorithm::Ipvs(Ipvs::Sh | Ipvs::Mh) => {
            "The client's address points to it; as long as the same backends are healthy, always."
        }
        Algorithm::Ipvs(Ipvs::Twos) => {
            "Of two backends drawn by weight it has the less to do for its weight."
        }
        Algorithm::Ipvs(Ipvs::Fo) => "It is the heaviest of those that are healthy.",
        Algorithm::Ipvs(Ipvs::Ovf) => {
            "It is the heaviest of those that do not have more open flows than their weight."
        }
        Algorithm::FiveTuple => {
            "Addresses, ports and protocol together point to one backend; as long as that is healthy, always to the same."
        }
        Algorithm::Maglev => {
            "Addresses, ports and protocol together point to a slot of the Maglev table, and that to a backend."
        }
        Algorithm::Rss | Algorithm::SymmetricRss => {
            "Addresses and ports are hashed as a network card would, and the remainder of a division counts through the weights."
        }
        _ => {
            "Healthy backends take turns; the turn moves on with each packet that starts a new flow."
        }
    }
}

/// The way of a packet that is not translated.
pub(crate) fn heading(heading: Heading) -> Step {
    let (found, because) = match heading {
        Heading::Direct(address) => (
            format!("to the MAC address of {address}"),
            "The IP header stays as it is: the backend has the virtual address too, and answers the client itself.",
        ),
        Heading::Tunnel(address) => (
            format!("inside a packet to {address}"),
            "The packet stays as it is: the backend takes it out, has the virtual address too, and answers the client itself.",
        ),
    };
    Step {
        stage: "l4.mode",
        asked: "how does the packet get to the backend?".to_owned(),
        found,
        because: because.into(),
    }
}

/// The source that a new flow leaves with.
pub(crate) fn source(flow: &Flow, has_rule: bool) -> Step {
    let because = match (has_rule, flow.changes_source(Direction::Original)) {
        (true, _) => "Source translation is on where it leaves, so that answers come back here.",
        (false, true) => {
            "Another flow would have had the same answers, so this one gets another port."
        }
        (false, false) => "Nothing translates sources where it leaves.",
    };
    Step {
        stage: "l4.source",
        asked: "from whom does the flow seem to come?".to_owned(),
        found: flow
            .leaves_as(Direction::Original)
            .source_socket()
            .to_string(),
        because: because.into(),
    }
}
