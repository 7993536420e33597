//! Which rule takes a request, and why the others did not: a pure function of the request.

use std::net::IpAddr;

use switchlab_core::{Explain, Step};
use switchlab_http::RequestParts;

pub(crate) use crate::condition::name_of;
use crate::condition::{Subject, Test, found};
use crate::index::Index;
use crate::transform::Rewriter;
use crate::{Action, ListenerConfig, Rule};

/// The rules of a listener, ready for work.
#[derive(Debug, Clone)]
pub struct RuleTable {
    rules: Vec<Rule>,
    default: Action,
    /// By rule: its conditions.
    tests: Vec<Vec<Test>>,
    /// By rule: what it rewrites.
    pub(crate) rewriters: Vec<Rewriter>,
    index: Index,
}

/// A condition of a rule that does not hold for a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// What the condition is about, as ELB calls it: `path-pattern`.
    pub field: &'static str,
    /// What it wants: `/img/* or /css/*`.
    pub wanted: String,
    /// What the request has there: `/index.html`.
    pub got: String,
}

impl RuleTable {
    /// Compiles the rules of a listener, and puts them in order of priority.
    ///
    /// # Errors
    /// Which regular expression is not right, and why, as a sentence.
    pub fn new(listener: &ListenerConfig) -> Result<Self, String> {
        let mut rules = listener.rules.clone();
        rules.sort_by_key(|rule| rule.priority);
        let tests = |rule: &Rule| rule.conditions.iter().map(Test::new).collect();
        let tests: Vec<Vec<Test>> = rules.iter().map(tests).collect::<Result<_, _>>()?;
        let rewriters = rules.iter().map(|rule| Rewriter::new(&rule.transforms));
        Ok(Self {
            rewriters: rewriters.collect::<Result<_, _>>()?,
            index: Index::new(&tests),
            tests,
            default: listener.default.clone(),
            rules,
        })
    }

    /// The rules in order of priority.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// What happens if no rule takes a request.
    #[must_use]
    pub const fn default_action(&self) -> &Action {
        &self.default
    }

    /// The rule that takes a request, or `None` for the default action, and the action.
    ///
    /// `source` is the client's address as TCP knows it. Of a [`RequestView`](switchlab_http::RequestView)
    /// nothing is copied before the decision.
    pub fn decide<R: RequestParts, E: Explain>(
        &self,
        request: &R,
        source: IpAddr,
        explain: &mut E,
    ) -> (Option<&Rule>, &Action) {
        match self.place_of(request, source, explain) {
            Some(place) => (Some(&self.rules[place]), &self.rules[place].action),
            None => (None, &self.default),
        }
    }

    /// The place of the rule that takes a request, `None` for the default action.
    ///
    /// Who listens is told of every rule tried; else the index spares us most of them.
    pub(crate) fn place_of<R: RequestParts, E: Explain>(
        &self,
        request: &R,
        source: IpAddr,
        explain: &mut E,
    ) -> Option<usize> {
        if !E::LISTENS {
            return self
                .index
                .first(&self.tests, &Subject::new(request, source));
        }
        for (place, (rule, mismatch)) in self.walk(request, source).enumerate() {
            explain.step(|| Step {
                stage: "l7.rule",
                asked: format!("does rule {} take {} {}?", rule.priority, request.method(), request.target()),
                found: match &mismatch {
                    Some(Mismatch { field, wanted, got }) => {
                        format!("no: {field} should be {wanted}, and is {got}")
                    }
                    None => format!("yes: {rule}"),
                },
                because: "Rules are tried from the lowest priority number on; the first whose conditions all hold takes the request.".into(),
            });
            if mismatch.is_none() {
                return Some(place);
            }
        }
        explain.step(|| Step {
            stage: "l7.rule",
            asked: "what happens if no rule takes it?".to_owned(),
            found: format!("the default action: {}", self.default),
            because: "When no rule takes a request, the listener's default action does.".into(),
        });
        None
    }

    /// Every rule in order of priority, with the first of its conditions that does not hold for a request
    /// from `source`; with `None` if all hold.
    pub fn walk<'a, R: RequestParts>(
        &'a self,
        request: &'a R,
        source: IpAddr,
    ) -> impl Iterator<Item = (&'a Rule, Option<Mismatch>)> {
        let subject = Subject::new(request, source);
        self.rules
            .iter()
            .zip(&self.tests)
            .map(move |(rule, tests)| {
                let failing = tests.iter().position(|test| !test.holds(&subject));
                let mismatch = failing.map(|failing| {
                    let condition = &rule.conditions[failing];
                    Mismatch {
                        field: condition.field(),
                        wanted: condition.wanted(),
                        got: found(condition, &subject),
                    }
                });
                (rule, mismatch)
            })
    }
}

#[cfg(test)]
mod tests;
