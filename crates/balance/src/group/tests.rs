//! Who belongs to a group, and who is probed.

use super::*;
use crate::ProbeOutcome;

#[test]
fn a_target_is_gone_when_it_has_drained_and_not_before() {
    let address: SocketAddr = "10.0.1.11:80".parse().unwrap();
    let second = Instant::from_secs;
    let mut config = GroupConfig::new("web", [address]);
    config.deregistration_delay = std::time::Duration::from_secs(10);
    let mut group = TargetGroup::new(second(0), config).unwrap();
    let again = |group: &mut TargetGroup, at| group.register(second(at), address.into());
    let registered = Err(RegisterError::Registered { target: address });
    let draining = Err(RegisterError::Draining { target: address });

    assert_eq!(
        again(&mut group, 1),
        registered,
        "it is there from the beginning"
    );
    group.set_in_use(second(2), false);
    assert_eq!(again(&mut group, 3), registered, "unused is not gone");
    group.deregister(second(4), address).unwrap();
    assert_eq!(again(&mut group, 5), draining, "until 14 s");
    group.handle_timeout(second(14));
    group.set_in_use(second(15), true);
    let target = group.find(address).unwrap();
    assert_eq!(
        group.state(target),
        TargetState::Unused,
        "use brings nobody back"
    );
    let unknown = Err(RegisterError::Unknown { target: address });
    assert_eq!(group.deregister(second(15), address), unknown);
    assert_eq!(again(&mut group, 16), Ok(()));
    assert_eq!(again(&mut group, 17), registered);
}

#[test]
fn targets_are_probed_while_somebody_sends_traffic() {
    let address: SocketAddr = "10.0.1.11:80".parse().unwrap();
    let mut config = GroupConfig::new("web", [address]);
    config.in_use = false;
    let second = Instant::from_secs;
    let mut group = TargetGroup::new(second(0), config).unwrap();
    assert_eq!(group.poll_timeout(), None, "nobody asks for it");

    group.set_in_use(second(1), true);
    let target = group.find(address).unwrap();
    assert_eq!(
        group.poll_probe(second(1)),
        Some(ProbeStep::Begin(target)),
        "at once"
    );
    group.probed(second(1), target, ProbeOutcome::Status(200));
    group.set_in_use(second(2), true);
    assert_eq!(
        group.state(target),
        TargetState::Healthy,
        "nothing has changed"
    );

    assert_eq!(
        group.poll_probe(second(31)),
        Some(ProbeStep::Begin(target)),
        "30 s later"
    );
    group.set_in_use(second(32), false);
    assert_eq!(
        group.poll_probe(second(99)),
        Some(ProbeStep::Abandon(target)),
        "nobody waits for it any more"
    );
    assert_eq!(group.poll_timeout(), None, "and no other follows");
    let story = std::iter::from_fn(|| group.poll_change())
        .map(|change| format!("{} {}", change.to, change.reason))
        .collect::<Vec<_>>();
    assert_eq!(
        story,
        [
            "initial Elb.InitialHealthChecking",
            "healthy ",
            "unused Target.NotInUse"
        ]
    );
}
