//! What replies do not tell, and what they tell twice in different words: not told is not none.
//!
//! Without the groups that a listener forwards to there is no lab; everything else is noted, with the
//! command that tells it.

use std::collections::BTreeMap;

use switchlab_l7::Action;

use super::account::{Account, Listening};
use super::actions::action;
use super::refusal::{MISSING, Refusals, Unreadable};

impl Account {
    /// The groups that are named, but described by no reply; if the list of groups is whole, they are not
    /// there, which ELB would refuse.
    pub(super) fn missing_groups(&self) -> Vec<Unreadable> {
        if self.asked_for.groups.are_whole() {
            return Vec::new();
        }
        let mut missing: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for group in self.groups.iter().filter(|it| !it.is_described) {
            missing.insert(&group.resource, Vec::new());
        }
        let balancers = self.balancers.iter().filter(|it| it.is_application());
        for listener in balancers.flat_map(|it| &it.listeners) {
            for (_, action) in listener.actions() {
                for name in action.groups() {
                    if self.group(name).is_none_or(|it| !it.is_described) {
                        let users = missing.entry(name).or_default();
                        if !users.contains(&&*listener.name) {
                            users.push(&listener.name);
                        }
                    }
                }
            }
        }
        let why = match self.asked_for.groups.are_cut() {
            true => "the list of target groups goes on, but its next page is not given",
            false => "no reply describes this target group",
        };
        let told = |(resource, users): (&str, Vec<&str>)| {
            let users = match users.is_empty() {
                true => String::new(),
                false => format!(", to which {} forwards", users.join(", ")),
            };
            Unreadable {
                code: MISSING,
                resource: resource.to_owned(),
                message: format!("{why}{users}; `aws elbv2 describe-target-groups` tells it"),
            }
        };
        missing.into_iter().map(told).collect()
    }

    /// Notes what else no reply tells.
    pub(super) fn note_gaps(&mut self) {
        let mut notes = self.cut_lists();
        let balancers = || self.balancers.iter().filter(|it| it.is_application());
        let listeners = || balancers().flat_map(|it| &it.listeners);
        let groups = || self.groups.iter().filter(|it| it.is_for_applications());
        let named = |names: &mut dyn Iterator<Item = &str>| names.collect::<Vec<_>>().join(", ");
        for (names, without, command) in [
            (
                named(
                    &mut balancers()
                        .filter(|it| it.listeners.is_empty())
                        .map(|it| &*it.name),
                ),
                "no listener",
                "describe-listeners --load-balancer-arn ARN",
            ),
            (
                // Even a listener without rules has its default one.
                named(
                    &mut listeners()
                        .filter(|it| it.rules.is_empty())
                        .map(|it| &*it.name),
                ),
                "no rule, and the lab has but the default action",
                "describe-rules --listener-arn ARN",
            ),
            (
                named(&mut groups().filter(|it| !it.has_health).map(|it| &*it.name)),
                "no target and no health",
                "describe-target-health --target-group-arn ARN",
            ),
            (
                named(
                    &mut balancers()
                        .filter(|it| it.attributes.is_empty())
                        .map(|it| &*it.name),
                ),
                "no attribute, and the lab has the defaults",
                "describe-load-balancer-attributes --load-balancer-arn ARN",
            ),
            (
                named(
                    &mut groups()
                        .filter(|it| it.attributes.is_empty())
                        .map(|it| &*it.name),
                ),
                "no attribute, and the lab has the defaults",
                "describe-target-group-attributes --target-group-arn ARN",
            ),
            (
                named(
                    &mut listeners()
                        .filter(|it| it.attributes.is_empty())
                        .map(|it| &*it.name),
                ),
                "no attribute, and the lab has the defaults",
                "describe-listener-attributes --listener-arn ARN",
            ),
        ] {
            if !names.is_empty() {
                notes.push(format!(
                    "{names}: the replies tell {without}; not told is not none; `aws elbv2 {command}` tells it"
                ));
            }
        }
        notes.extend(listeners().filter_map(|it| self.told_twice(it)));
        notes.extend(self.homeless());
        self.notes.extend(notes);
    }

    /// Lists of which only the first pages are there.
    fn cut_lists(&self) -> Vec<String> {
        let mut cut = Vec::new();
        if self.asked_for.balancers.are_cut() {
            cut.push(("load balancers".to_owned(), "describe-load-balancers"));
        }
        for balancer in &self.balancers {
            if balancer.pages.are_cut() {
                let what = format!("listeners of {}", balancer.name);
                cut.push((what, "describe-listeners"));
            }
            for listener in balancer.listeners.iter().filter(|it| it.pages.are_cut()) {
                let what = format!("rules of {}", listener.name);
                cut.push((what, "describe-rules"));
            }
        }
        if self.asked_for.groups.are_cut() {
            cut.push(("target groups".to_owned(), "describe-target-groups"));
        }
        let note = |(what, command): (String, &str)| {
            format!(
                "the list of {what} goes on, but its next page is not given: what stands there is not in the lab; \
                 `aws elbv2 {command}` without --max-items and --no-paginate tells all"
            )
        };
        cut.into_iter().map(note).collect()
    }

    /// Says so if the default action of a listener is not that of its default rule: they are one.
    fn told_twice(&self, listener: &Listening) -> Option<String> {
        let is_secure = listener.shape.protocol.as_deref() == Some("HTTPS");
        // What is wrong with them is told elsewhere.
        let mut unheard = Refusals::default();
        let mut court = unheard.of(&listener.resource);
        let own = listener.shape.default_actions.as_deref()?;
        let rule = listener.rules.iter().find(|it| it.is_default())?;
        let rule = rule.shape.actions.as_deref()?;
        let own = action(own, is_secure, self, &mut court)?;
        let rule = action(rule, is_secure, self, &mut court)?;
        (without_idle_weight(own) != without_idle_weight(rule)).then(|| {
            format!(
                "the DefaultActions of {} are others than the actions of its default rule, though they are one; \
                 the lab has the DefaultActions: replies of one moment would agree",
                listener.name
            )
        })
    }

    /// Groups that belong to no load balancer, and where they are in the lab.
    fn homeless(&self) -> Option<String> {
        let first = self.applications().next()?;
        let homeless = self.groups.iter().filter(|it| self.is_homeless(it));
        let homeless: Vec<&str> = homeless.map(|it| &*it.name).collect();
        (!homeless.is_empty()).then(|| {
            format!(
                "{}: no load balancer of it is told; in the lab the first one by name, {}, has what nobody uses",
                homeless.join(", "),
                first.name
            )
        })
    }
}

/// The same action without the weight of a group that is alone and gets everything.
fn without_idle_weight(mut action: Action) -> Action {
    if let Action::Forward(forward) = &mut action
        && let [only] = &mut forward.shares[..]
        && only.weight != Some(0)
    {
        only.weight = None;
    }
    action
}
