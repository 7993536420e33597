//! What does it cost to choose one of a hundred targets?

use std::hint::black_box;
use std::net::SocketAddr;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use switchlab::balance::{Algorithm, GroupConfig, MAGLEV_SLOTS, Maglev, Ring, TargetGroup};
use switchlab::core::Instant;

const TARGETS: u8 = 100;

fn address(number: u8) -> SocketAddr {
    SocketAddr::from(([10, 0, 1, number], 80))
}

fn names() -> Vec<String> {
    (0..TARGETS)
        .map(|number| address(number).to_string())
        .collect()
}

/// A whole choice of a group, key and all.
fn choose(c: &mut Criterion) {
    let mut criterion = c.benchmark_group("choose");
    criterion.throughput(Throughput::Elements(1));
    for algorithm in Algorithm::ALL {
        let config = GroupConfig {
            algorithm,
            health_check: None,
            ..GroupConfig::new("bench", (0..TARGETS).map(address))
        };
        let mut group = TargetGroup::new(Instant::ZERO, config).expect("plain settings");
        let mut number = 0_u64;
        criterion.bench_function(algorithm.name(), |b| {
            b.iter(|| {
                number += 1;
                // As long as a flow of IPv4.
                let mut octets = [0; 13];
                octets[..8].copy_from_slice(&number.to_le_bytes());
                let key = algorithm.default_key().map(|_| &octets[..]);
                group.choose(Instant::ZERO, black_box(key))
            });
        });
    }
    criterion.finish();
}

/// The pick alone, of a hash that is there; and what a change of targets costs.
fn tables(c: &mut Criterion) {
    let names = names();
    let servers = || names.iter().map(|name| (&**name, 1));
    let maglev = Maglev::new(servers(), MAGLEV_SLOTS);
    let mut criterion = c.benchmark_group("tables");
    let mut hash = 0_u64;
    criterion.bench_function("maglev_pick", |b| {
        b.iter(|| {
            hash = hash.wrapping_add(0x9e37_79b9_7f4a_7c15);
            maglev.pick(black_box(hash))
        });
    });
    criterion.bench_function("maglev_build", |b| {
        b.iter(|| Maglev::new(servers(), MAGLEV_SLOTS));
    });
    criterion.bench_function("ring_build", |b| b.iter(|| Ring::new(servers())));
    criterion.finish();
}

criterion_group!(benches, choose, tables);
criterion_main!(benches);
