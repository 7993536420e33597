//! Deregistration: nothing new at once, what is under way until the delay is over.

use switchlab_balance::{GroupConfig, RegisterError, Stickiness, Target};
use switchlab_core::TargetState;

use crate::bed::{Bed, address, second, seconds, unchecked};

#[test]
fn a_target_drains_for_as_long_as_the_delay_says() {
    let mut bed = Bed::new(GroupConfig {
        deregistration_delay: seconds(60),
        stickiness: Some(Stickiness::SourceIp {
            duration: seconds(3600),
        }),
        ..unchecked(2)
    });
    let client = [10, 0, 0, 9].into();
    let busy = bed.group.find(address(1)).unwrap();
    bed.group.begin(busy);
    bed.group.bind(second(0), client, busy);
    assert_eq!(bed.group.bound(second(9), client), Some(busy));

    bed.run(second(10));
    bed.group.deregister(second(10), address(1)).unwrap();
    bed.settle();
    assert_eq!(bed.shares(10, 2), [0, 10], "new requests stop at once");
    assert_eq!(
        bed.group.bound(second(10), client),
        None,
        "those of bound clients too"
    );
    bed.run(second(69));
    assert_eq!(
        bed.group.state(busy),
        TargetState::Draining,
        "also when nothing is under way"
    );
    assert_eq!(bed.group.poll_drained(), None);
    let again = bed.group.register(second(69), Target::from(address(1)));
    assert_eq!(
        again,
        Err(RegisterError::Draining { target: address(1) }),
        "not before the delay is over"
    );

    bed.run(second(70));
    assert_eq!(
        bed.group.poll_drained(),
        Some(busy),
        "what is left is to be cut"
    );
    bed.group.finish(busy);
    bed.group
        .register(second(70), Target::from(address(1)))
        .unwrap();
    bed.settle();
    let story: Vec<_> = bed
        .changes
        .iter()
        .map(|(at, _, state, reason)| format!("{at} {state} {reason}").trim_end().to_owned())
        .collect();
    assert_eq!(
        story,
        [
            "10 s draining Target.DeregistrationInProgress",
            "70 s unused Target.NotRegistered",
            "70 s healthy",
        ]
    );
}

#[test]
fn the_last_target_that_drains_leaves_nobody() {
    let mut bed = Bed::new(unchecked(1));
    bed.group.deregister(second(1), address(1)).unwrap();
    assert_eq!(
        bed.group.choose(second(1), None),
        None,
        "fail-open is for those registered"
    );
}

#[test]
fn the_end_of_the_delay_is_no_longer_within_it() {
    for delay in [0, 60] {
        let mut bed = Bed::new(GroupConfig {
            deregistration_delay: seconds(delay),
            ..unchecked(1)
        });
        bed.group.deregister(second(1), address(1)).unwrap();
        let target = bed.group.find(address(1)).unwrap();
        // Nobody has told the group the time in between.
        let again = bed
            .group
            .register(second(1 + delay), Target::from(address(1)));
        assert_eq!(again, Ok(()), "{delay} s");
        assert_eq!(bed.group.state(target), TargetState::Healthy);
        let drained = bed.group.poll_drained();
        assert_eq!(drained, Some(target), "what it had before is to be cut");
    }
}
