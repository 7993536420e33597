//! The actions of a rule or a listener, from the API's shapes to the one of layer 7.
//!
//! What ELB refuses of a redirect, a fixed response or weights is known to layer 7; here is what only
//! the shapes, or several objects together, can have wrong.

use std::collections::BTreeSet;
use std::time::Duration;

use switchlab_l7::{Action, FixedResponse, Forward, Redirect, Share};

use super::account::{Account, Group};
use super::attributes::LONGEST_STICKINESS;
use super::refusal::{Court, NOT_SUPPORTED};
use super::shapes::{self, Flag, Number, Text, whole};

const KINDS: [&str; 6] = [
    "forward",
    "authenticate-oidc",
    "authenticate-cognito",
    "redirect",
    "fixed-response",
    "jwt-validation",
];

/// The highest order of an action (API shape `ActionOrder`).
const LAST_ORDER: i64 = 50_000;

/// The action that a list of them comes to: the last one, which routes the request.
pub(super) fn action(
    actions: &[shapes::Action],
    is_secure: bool,
    account: &Account,
    court: &mut Court<'_>,
) -> Option<Action> {
    let mut in_order: Vec<&shapes::Action> = actions.iter().collect();
    in_order.sort_by_key(|action| action.order.map(|Number(order)| order));
    let Some(last) = in_order.last() else {
        court.invalid("An action must be specified");
        return None;
    };
    if actions.len() > 1 && actions.iter().any(|it| it.order.is_none()) {
        court.invalid(
            "When you specify multiple actions, you must specify an order for each action",
        );
    }
    for Number(order) in actions.iter().filter_map(|it| it.order) {
        court.range("actions.order", order, 1, LAST_ORDER);
    }
    let kind = |action: &shapes::Action| action.kind.clone().unwrap_or_default();
    let kinds: Vec<String> = in_order.iter().map(|it| kind(it)).collect();
    let mut is_known = true;
    for kind in &kinds {
        is_known &= is_known_kind(kind, court);
    }
    let routes = |kind: &str| matches!(kind, "forward" | "redirect" | "fixed-response");
    let routing: Vec<&str> = kinds
        .iter()
        .map(String::as_str)
        .filter(|it| routes(it))
        .collect();
    for kind in kinds.iter().filter(|it| is_known && !routes(it)) {
        let message = match is_secure {
            true => format!(
                "Actions of type '{kind}' are left out of labs: what lies behind cannot be told without them"
            ),
            false => {
                format!("An action of type '{kind}' can only be specified for HTTPS listeners")
            }
        };
        court.refuse(
            if is_secure {
                NOT_SUPPORTED
            } else {
                "InvalidLoadBalancerAction"
            },
            message,
        );
    }
    if routing.len() > 1 {
        let routing = routing.join(",");
        court.refuse(
            "InvalidLoadBalancerAction",
            format!("Action types '{routing}' cannot be specified together"),
        );
        return None;
    }
    match kind(last).as_str() {
        "forward" => forward(last, account, court),
        "redirect" => redirect(last, court),
        "fixed-response" => fixed_response(last, court),
        _ => {
            let message = match routing.first() {
                Some(kind) => format!(
                    "An action of type '{kind}' must have a higher order than all other actions"
                ),
                None => "The last action must be of type 'forward', 'redirect' or 'fixed-response'"
                    .to_owned(),
            };
            if is_known {
                court.refuse("InvalidLoadBalancerAction", message);
            }
            None
        }
    }
}

/// Whether this is a type of actions. One that is none, but a known one in other letters, ELB refuses; any other
/// may be newer than what is known here.
fn is_known_kind(kind: &str, court: &mut Court<'_>) -> bool {
    let is_slip = kind.is_empty() || KINDS.iter().any(|it| it.eq_ignore_ascii_case(kind));
    if is_slip || KINDS.contains(&kind) {
        return court.one_of("actions.type", kind, &KINDS);
    }
    court.refuse(
        NOT_SUPPORTED,
        format!(
            "Actions of type '{kind}' are not known: what becomes of a request cannot be told; {} are",
            KINDS.join(", ")
        ),
    );
    false
}

fn missing(kind: &str, member: &str, court: &mut Court<'_>) {
    court.invalid(format!(
        "For actions of type '{kind}', you must specify the following fields: '{member}'"
    ));
}

fn forward(action: &shapes::Action, account: &Account, court: &mut Court<'_>) -> Option<Action> {
    let config = action.forward_config.as_ref();
    let listed = config
        .and_then(|it| it.target_groups.as_deref())
        .unwrap_or_default();
    let top = action.target_group_arn.as_deref();
    let top = top.filter(|arn| !arn.is_empty());
    let mut named: Vec<(&str, Option<Number>)> = Vec::new();
    for tuple in listed {
        match tuple.target_group_arn.as_deref() {
            Some(arn) => named.push((arn, tuple.weight)),
            None => court.invalid("A target group ARN must be specified"),
        }
    }
    match (top, &named[..]) {
        (None, []) => {
            missing("forward", "TargetGroupArn or ForwardConfig", court);
            return None;
        }
        (Some(top), []) => named.push((top, None)),
        (Some(top), [(only, _)]) if top == *only => {}
        (Some(_), _) => {
            court.invalid(
                "You can specify both a target group list and a top-level target group ARN only if the ARNs match",
            );
            return None;
        }
        (None, _) => {}
    }
    let (mut shares, mut groups) = (Vec::new(), Vec::new());
    let count = named.len();
    for (arn, weight) in named {
        let Some(group) = account.group(arn) else {
            court.refuse(
                "TargetGroupNotFound",
                format!("Target groups '{arn}' not found"),
            );
            continue;
        };
        let weight = weight.map(|Number(weight)| u16::try_from(weight));
        if matches!(weight, Some(Err(_))) {
            court.invalid("The weight for each target group must be between 0 and 999, inclusive");
            continue;
        }
        groups.push(group);
        shares.push(Share {
            group: group.name.as_str().into(),
            weight: weight.and_then(Result::ok),
        });
    }
    let kind = |group: &&Group| {
        group
            .shape
            .ip_address_type
            .clone()
            .unwrap_or_else(|| "ipv4".to_owned())
    };
    if groups.iter().map(kind).collect::<BTreeSet<_>>().len() > 1 {
        court.refuse(
            "InvalidConfigurationRequest",
            "The IP address types of the target groups for a single action must be the same",
        );
    }
    let stickiness = stickiness(config, court);
    let is_whole = shares.len() == count;
    is_whole.then_some(Action::Forward(Forward { shares, stickiness }))
}

/// How long a client stays with its group.
fn stickiness(config: Option<&shapes::ForwardConfig>, court: &mut Court<'_>) -> Option<Duration> {
    let config = config.and_then(|it| it.target_group_stickiness_config.as_ref());
    let is_on = config.is_some_and(|it| it.enabled == Some(Flag(true)));
    let duration = config.and_then(|it| it.duration_seconds);
    if !is_on {
        return None;
    }
    match duration {
        None => {
            court.invalid("You must provide a duration when enabling target group stickiness");
        }
        Some(Number(seconds)) if (1..=LONGEST_STICKINESS).contains(&seconds) => {
            return Some(Duration::from_secs(seconds.unsigned_abs()));
        }
        Some(_) => court.invalid(format!(
            "Target group stickiness duration must be between 1 and {LONGEST_STICKINESS} seconds"
        )),
    }
    // What is refused already is on all the same.
    Some(Duration::from_secs(1))
}

fn redirect(action: &shapes::Action, court: &mut Court<'_>) -> Option<Action> {
    let Some(config) = &action.redirect_config else {
        missing("redirect", "RedirectConfig", court);
        return None;
    };
    let status = config.status_code.as_ref().map(|text| text.0.as_str());
    let status = match status {
        Some("HTTP_301" | "301") => 301,
        Some("HTTP_302" | "302") => 302,
        status => {
            let status = status.unwrap_or_default();
            court.one_of(
                "redirectConfig.statusCode",
                status,
                &["HTTP_301", "HTTP_302"],
            );
            return None;
        }
    };
    let default = Redirect::default();
    Some(Action::Redirect(Redirect {
        status,
        protocol: config.protocol.clone().unwrap_or(default.protocol),
        host: config.host.clone().unwrap_or(default.host),
        port: config
            .port
            .as_ref()
            .map_or(default.port, |text| text.0.clone()),
        path: config.path.clone().unwrap_or(default.path),
        query: config.query.clone().unwrap_or(default.query),
    }))
}

fn fixed_response(action: &shapes::Action, court: &mut Court<'_>) -> Option<Action> {
    let Some(config) = &action.fixed_response_config else {
        missing("fixed-response", "FixedResponseConfig", court);
        return None;
    };
    let Text(status) = config.status_code.clone().unwrap_or(Text(String::new()));
    let Some(number) = whole(&status).filter(|_| status.len() == 3) else {
        court.unsatisfied(
            "fixedResponseConfig.statusCode",
            &status,
            "satisfy regular expression pattern: ^(2|4|5)\\d\\d$",
        );
        return None;
    };
    let default = FixedResponse::default();
    let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    Some(Action::FixedResponse(FixedResponse {
        status: number,
        content_type: given(&config.content_type).unwrap_or(default.content_type),
        body: config.message_body.clone().unwrap_or_default(),
    }))
}
