//! How fast does a whole lab run on one core, counters on, digest and observers off?
//!
//! | row | an element is |
//! |---|---|
//! | `bridged` | a frame of 60 octets from one of 8 bare generators through a learning switch to another |
//! | `routed` | one hop of such a frame along a chain of 4 routers |
//! | `bulk` | a simulated nanosecond of one TCP flow at 1 Gbit/s through two routers, so that Gelem/s reads as simulated seconds per second |
//! | `requests` | an HTTP request through an L7 switch, with new connections on both sides of it |
//! | `open/N` | an HTTP request through an L7 switch to which N connections are open, asked in turn |

mod hosts;
mod open;
mod routers;
mod star;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use switchlab::core::Instant;
use switchlab::sim::{Lab, Outcome, Simulation};

/// Switches a lab on.
fn on(lab: Lab) -> Simulation {
    lab.build().expect("a sound lab")
}

/// Lets a lab run, until an instant or to its end.
fn run(simulation: Simulation, until: Option<Instant>) -> Outcome {
    simulation.run(until, &mut ()).expect("no endless run")
}

/// Measures runs of a lab in which so many elements happen; making the lab does not count.
fn measure(
    c: &mut Criterion,
    row: &str,
    elements: u64,
    until: Option<Instant>,
    lab: fn() -> Simulation,
) {
    let mut group = c.benchmark_group("engine");
    group
        .throughput(Throughput::Elements(elements))
        .sample_size(20);
    group.bench_function(row, |b| {
        b.iter_batched(lab, |lab| run(lab, until), BatchSize::PerIteration);
    });
    group.finish();
}

criterion_group!(
    benches,
    star::bridged,
    routers::routed,
    hosts::bulk,
    hosts::requests,
    open::open
);
criterion_main!(benches);
