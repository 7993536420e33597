//! Law: what is so in the account at the moment and not in the lab is noted, once for all targets of a group, and
//! the lab has the nearest there is; what is as it should be is not noted.

mod account;

use account::account;
use serde_json::{Value, json};
use switchlab_import::elbv2::{Imported, Reply, import};

fn imported(account: &Value) -> Imported {
    let text = account.to_string();
    let replies = [Reply {
        name: "account.json",
        text: &text,
    }];
    let imported = import(&replies).unwrap_or_else(|error| panic!("{error}"));
    let loaded = switchlab_scenario::lab_from_toml(&imported.lab, "lab.toml", None);
    loaded.unwrap_or_else(|errors| panic!("{}", errors.render(false)));
    imported
}

/// Where the only target of the group `api` is described.
const TARGET: &str = "/health of api/TargetHealthDescriptions/0";

#[test]
fn what_is_so_now_is_noted() {
    let shift = "AdministrativeOverride.ZonalShiftActive";
    #[rustfmt::skip]
    let rows = [
        ("/LoadBalancers/0", "State", json!({ "Code": "active" }), "", "nothing is the matter"),
        ("/LoadBalancers/0", "State", json!({ "Code": "provisioning" }), "shop is provisioning in the account; in the lab it is active", "it does not answer yet"),
        ("/LoadBalancers/0", "State", json!({ "Code": "active_impaired", "Reason": "capacity" }), "shop is active_impaired in the account (capacity)", "it cannot grow"),
        ("/LoadBalancers/0", "State", json!({ "Code": "failed", "Reason": "x" }), "shop is failed in the account (x); in the lab it is active", "it could not be made"),
        (TARGET, "AdministrativeOverride", json!({ "State": "no_override" }), "", "there is none"),
        (TARGET, "AdministrativeOverride", json!({ "State": "unknown" }), "", "of none is known"),
        (TARGET, "AdministrativeOverride", json!({ "State": "zonal_shift_active", "Reason": shift }), "targets of api (10.0.1.5:8080): in the account the administrative override is zonal_shift_active (AdministrativeOverride.ZonalShiftActive)", "its zone gets nothing"),
        (TARGET, "AdministrativeOverride", json!({ "State": "zonal_shift_delegated_to_dns" }), "targets of api (10.0.1.5:8080): in the account the administrative override is zonal_shift_delegated_to_dns;", "names lead elsewhere"),
        (TARGET, "AnomalyDetection", json!({ "Result": "normal", "MitigationInEffect": "no" }), "", "it gets its share"),
        (TARGET, "AnomalyDetection", json!({ "Result": "anomalous", "MitigationInEffect": "no" }), "", "detected, but it gets its share"),
        (TARGET, "AnomalyDetection", json!({ "Result": "anomalous", "MitigationInEffect": "yes" }), "targets of api (10.0.1.5:8080): in the account anomaly mitigation is in effect", "it gets less than its share"),
    ];
    for (place, member, value, told, because) in rows {
        let mut account = account();
        account.pointer_mut(place).expect("a place")[member] = value;
        let notes = imported(&account).notes;
        let [note] = &notes[..] else {
            assert!(notes.is_empty() && told.is_empty(), "{because}: {notes:?}");
            continue;
        };
        assert!(
            !told.is_empty() && note.starts_with(told),
            "{because}: {note}"
        );
    }
}

#[test]
fn a_state_that_no_lab_has_becomes_the_nearest_and_is_noted() {
    #[rustfmt::skip]
    let rows = [
        ("healthy",            "healthy",     "a lab has it"),
        ("unavailable",        "unavailable", "a lab has it"),
        ("unhealthy.draining", "unhealthy",   "only old connections are left, and of those a lab has none"),
        ("draining.slowly",    "draining",    "a case of draining, as it seems"),
        ("healthy.elsewhere",  "unused",      "what is healthy and not quite must not be taken for healthy"),
        ("brand-new",          "unused",      "of what is not known nothing is sent to"),
        ("",                   "unused",      "no state is one that is not known"),
    ];
    for (told, begins, because) in rows {
        let mut account = account();
        let target = account.pointer_mut(TARGET).expect("a target");
        target["TargetHealth"] = json!({ "State": told });
        let imported = imported(&account);
        let line = format!("{{ address = \"10.0.1.5:8080\", state = \"{begins}\"");
        assert!(
            imported.lab.contains(&line),
            "{told}: {because}: {}",
            imported.lab
        );
        let expected = (told != begins).then(|| {
            format!(
                "targets of api (10.0.1.5:8080): in the account the state is {told}, which no lab has; in the lab it begins as {begins}"
            )
        });
        assert_eq!(imported.notes, Vec::from_iter(expected), "{because}");
    }
}

#[test]
fn what_is_so_with_several_targets_is_noted_once() {
    let mut account = account();
    let shifted = |port: u16| {
        json!({
            "Target": { "Id": "10.0.1.5", "Port": port },
            "TargetHealth": { "State": "healthy" },
            "AdministrativeOverride": { "State": "zonal_shift_active" }
        })
    };
    account["health of api"]["TargetHealthDescriptions"] = json!([shifted(81), shifted(82)]);
    let notes = imported(&account).notes;
    let [note] = &notes[..] else {
        panic!("{notes:?}");
    };
    assert!(
        note.starts_with("targets of api (10.0.1.5:81, 10.0.1.5:82): "),
        "{note}"
    );
}
