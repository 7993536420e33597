//! Listening to the reasoning of a device, at no cost while nobody listens.

use std::borrow::Cow;

use crate::{DropReason, Verdict};

/// One step of reasoning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Where: `l2.learn`, `l3.route`, `l7.rule`, …
    pub stage: &'static str,
    /// What was asked: `who has 02:00:00:00:00:01 in VLAN 10?`
    pub asked: String,
    /// What was found: `port 3, learned at 1.5 s`.
    pub found: String,
    /// Why this leads on, as a sentence for a learner.
    pub because: Cow<'static, str>,
}

impl Step {
    /// The step that a frame goes no further than, in the words of the reason.
    #[must_use]
    pub fn refused(stage: &'static str, asked: impl Into<String>, reason: DropReason) -> Self {
        Self {
            stage,
            asked: asked.into(),
            found: reason.code().to_owned(),
            because: reason.sentence().into(),
        }
    }
}

/// A listener to the reasoning of a device.
///
/// Decisions are written once, generic over the listener, and compiled twice.
pub trait Explain {
    /// Whether anybody listens: a decision may then take a slower way that shows more, to the same end.
    const LISTENS: bool = true;

    /// Records one step. The closure runs only if somebody listens.
    fn step(&mut self, step: impl FnOnce() -> Step);
}

/// Nobody listens.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Explain for Silent {
    const LISTENS: bool = false;

    #[inline(always)]
    fn step(&mut self, _: impl FnOnce() -> Step) {}
}

impl Explain for Vec<Step> {
    fn step(&mut self, step: impl FnOnce() -> Step) {
        self.push(step());
    }
}

/// Why a device did with a frame what it did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Explanation {
    /// The steps, in the order in which they were taken.
    pub steps: Vec<Step>,
    /// What became of the frame; `None` if the device does not explain itself.
    pub verdict: Option<Verdict>,
}

impl Explanation {
    /// Listens while something decides about a frame.
    pub fn of(decide: impl FnOnce(&mut Vec<Step>) -> Verdict) -> Self {
        let mut steps = Vec::new();
        let verdict = decide(&mut steps);
        Self {
            steps,
            verdict: Some(verdict),
        }
    }
}
